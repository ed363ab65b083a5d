import type { ImportWorld } from "../imported.ts";
import { isAbsolute, splitCommand } from "./values.ts";

/** The directories of programs, if the environment names none. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The command of a script with the absolute path of its program. keepalived looks a program up in PATH; a line without a
 * program, such as `</dev/tcp/127.0.0.1/80`, is for a shell.
 *
 * @returns Undefined if there is no such program.
 */
export function commandOf(script: string, world: ImportWorld): readonly string[] | undefined {
  const command = findProgram(splitCommand(script), world);
  if (command !== undefined || script.startsWith("/")) return command;
  return /[<>|&;$`]/.test(script) ? ["/bin/bash", "-c", script] : undefined;
}

function findProgram(command: readonly string[], world: ImportWorld): readonly string[] | undefined {
  const [program = "", ...words] = command;
  if (isAbsolute(command)) return command;
  if (program.includes("/")) return undefined;
  for (const directory of (world.variables("PATH") ?? DEFAULT_PATH).split(":")) {
    const path = `${directory}/${program}`;
    if (directory.startsWith("/") && world.files.kindOf(path) === "executable") return [path, ...words];
  }
  return undefined;
}
