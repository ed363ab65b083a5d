import { readKernelBytes } from "../files/mod.ts";

/** A program to start: its file, its arguments and its whole environment. */
export interface StartedProgram {
  /** Path of the file. */
  readonly path: string;
  /** The arguments. */
  readonly args: readonly string[];
  /** The environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The program of this process with other arguments, started as this process was: with the same runtime, flags, bundle
 * and environment, also if the file on disk has been replaced since.
 *
 * @param args The arguments of the program.
 * @throws {LvsctlError} If `/proc` is hidden.
 */
export function ownProgram(args: readonly string[]): StartedProgram {
  const words = wordsOf("/proc/self/cmdline");
  const env = wordsOf("/proc/self/environ").map((entry): [string, string] => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return {
    path: executable(),
    args: [...words.slice(1, words.length - Deno.args.length), ...args],
    env: Object.fromEntries(env.filter(([name]) => name !== "")),
  };
}

/** The file of the runtime; the link to it if it is in memory only, or has been deleted. */
function executable(): string {
  const path = Deno.execPath();
  try {
    Deno.statSync(path);
    return path;
  } catch {
    return "/proc/self/exe";
  }
}

function wordsOf(path: string): readonly string[] {
  return new TextDecoder().decode(readKernelBytes(path)).split("\0").slice(0, -1);
}
