import { readKernelBytes } from "../files/mod.ts";
import { EXIT, LvsctlError } from "../errors/mod.ts";

// The only file that reads the environment: a variable may hold any bytes, and Deno throws at those that are not UTF-8.

/**
 * The value of an environment variable that a user sets for lvsctl; undefined if it is not set.
 *
 * @throws {LvsctlError} If it is not UTF-8.
 */
export function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    throw new LvsctlError(`the environment variable ${name} is not UTF-8 text`, {
      hint: "set it to UTF-8 text, or unset it",
      exitCode: EXIT.usage,
    });
  }
}

/** The value of an environment variable that other programs set; undefined if it is not set, or is not UTF-8. */
export function optionalVariable(name: string): string | undefined {
  try {
    return readVariable(name);
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return undefined;
  }
}

/** Whether an environment variable is set, to whatever bytes. */
export function hasVariable(name: string): boolean {
  try {
    return readVariable(name) !== undefined;
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return true;
  }
}

/** Sets an environment variable of this process and the programs that it starts; undefined removes it. */
export function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}

/**
 * The value of a variable when this process started, with a replacement character for each byte that is not UTF-8;
 * undefined if it was not set, or if `/proc` is hidden.
 */
export function initialVariable(name: string): string | undefined {
  try {
    const entries = new TextDecoder().decode(readKernelBytes("/proc/self/environ")).split("\0");
    return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}
