import { readKernelFile } from "../files/mod.ts";
import { oneLine } from "../model/mod.ts";
import type { Manager } from "./facts.ts";

/**
 * The processes of certain programs, without those that are known to be in another network namespace.
 *
 * @param proc The directory of the processes.
 * @param names The programs' names.
 */
export function findProcesses(proc: string, names: readonly string[]): Manager[] {
  const own = namespaceOf(`${proc}/self`);
  return [...Deno.readDirSync(proc)].flatMap(({ name: pid }): Manager[] => {
    if (!/^\d+$/.test(pid)) return [];
    const commandLine = readText(`${proc}/${pid}/cmdline`)?.replaceAll("\0", " ").trim() ?? "";
    const name = programOf(readText(`${proc}/${pid}/comm`)?.trim() ?? "", commandLine, names);
    if (name === undefined) return [];
    const namespace = namespaceOf(`${proc}/${pid}`);
    const isElsewhere = namespace !== undefined && own !== undefined && namespace !== own;
    return isElsewhere ? [] : [{ name, pid: Number(pid), commandLine: oneLine(commandLine) }];
  });
}

/** The program of a process: a script runs under its own name or its interpreter's. */
function programOf(command: string, commandLine: string, names: readonly string[]): string | undefined {
  const words = commandLine.split(" ").filter((word) => !word.startsWith("-")).slice(0, 2);
  const candidates = [command, ...words.map((word) => word.slice(word.lastIndexOf("/") + 1))];
  // Only an interpreter runs its second word; an editor or pager just opens it.
  const isInterpreted = /^(perl|python|sh|bash)[\d.]*$/.test(candidates[1] ?? "");
  return names.find((name) => candidates.slice(0, isInterpreted ? 3 : 2).includes(name));
}

function namespaceOf(process: string): string | undefined {
  try {
    return Deno.readLinkSync(`${process}/ns/net`);
  } catch {
    return undefined;
  }
}

/** The process may have ended by now. */
function readText(path: string): string | undefined {
  try {
    return readKernelFile(path);
  } catch {
    return undefined;
  }
}
