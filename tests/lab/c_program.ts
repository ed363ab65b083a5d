/**
 * The lab's programs in C: they measure times, and a program with an interpreter of its own is late itself.
 *
 * @module
 */
import { mustRun } from "./namespace.ts";

/** The programs that are compiled by now, or are being compiled. */
const compiled = new Map<string, Promise<string>>();

/**
 * The path of a program, which is compiled at first use.
 *
 * @param name Its file beside this one, without the extension.
 */
export function cProgram(name: string): Promise<string> {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const path = compile(name);
  compiled.set(name, path);
  return path;
}

async function compile(name: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-lab-" });
  const path = `${directory}/${name}`;
  await mustRun(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", path, `${import.meta.dirname}/${name}.c`]);
  return path;
}
