/**
 * The program's name and environment, as the launcher (packaging/launcher.c) passes them on.
 *
 * @module
 */

import { readKernelFile } from "../core/files/mod.ts";
import { hasVariable, initialVariable, optionalVariable, setVariable } from "../core/host/mod.ts";

/** The names under which the program behaves differently. */
export const PROGRAM_NAMES = ["lvsctl", "ipvsadm", "ipvsadm-save", "ipvsadm-restore"] as const;

/** A name under which the program can be started. */
export type ProgramName = (typeof PROGRAM_NAMES)[number];

/**
 * Returns the name under which the program was started: `ipvsadm`, `ipvsadm-save` or `ipvsadm-restore` if a link of
 * that name was, `lvsctl` for any other name.
 *
 * The launcher passes the name on as `LVSCTL_ARGV0`. Without a launcher (`deno compile`, `deno run`) it is the first
 * argument in `/proc/self/cmdline`: `Deno.execPath()` would be the file that a symbolic link leads to.
 */
export function invokedAs(): ProgramName {
  const path = typedName();
  const name = path.slice(path.lastIndexOf("/") + 1);
  return PROGRAM_NAMES.find((known) => known === name) ?? "lvsctl";
}

/** The name under which the program was started, as it was typed: with its path, if it had one. */
export function typedName(): string {
  if (!hasVariable(NAME)) return firstArgument();
  return optionalVariable(NAME) ?? initialVariable(NAME) ?? "";
}

function firstArgument(): string {
  try {
    return readKernelFile("/proc/self/cmdline").split("\0", 1)[0] ?? "";
  } catch {
    return ""; // no /proc, or run from source without the permission
  }
}

/**
 * Whether earlier starts have kept the program's compiled code, so that this one may end without doing so. Call it
 * before {@linkcode restoreEnvironment}.
 */
export function isCodeKept(): boolean {
  return hasVariable(CODE_KEPT);
}

/**
 * Restores the user's environment for the programs that this one starts. Call it once after {@linkcode invokedAs},
 * before any program starts.
 *
 * The launcher hides `HOME` from Deno, which would read `~/.npmrc`, and sets variables of Deno, which a check script
 * written for Deno must not inherit: it would use this program's code cache.
 */
export function restoreEnvironment(): void {
  if (!hasVariable(NAME)) return;
  setVariable("HOME", optionalVariable("LVSCTL_HOME"));
  for (const name of optionalVariable(ALLOCATOR_MARK)?.split(" ") ?? []) setVariable(name, undefined);
  for (const name of LAUNCHER_VARIABLES) setVariable(name, undefined);
}

/** The variable with the program's name. */
const NAME = "LVSCTL_ARGV0";

/** The variable with the names of the C library's variables that the launcher has set. */
const ALLOCATOR_MARK = "LVSCTL_ALLOCATOR";

/** The variable that is there if the launcher found the program's compiled code. */
const CODE_KEPT = "LVSCTL_CODE_KEPT";

/** The variables that the launcher sets, apart from `HOME` and those of the C library. */
const LAUNCHER_VARIABLES = [
  NAME,
  ALLOCATOR_MARK,
  CODE_KEPT,
  "LVSCTL_BUNDLE",
  "LVSCTL_HOME",
  "LVSCTL_OUTPUT_CLOSED",
  "DENO_DIR",
  "DENO_NO_UPDATE_CHECK",
  "DENO_NO_PACKAGE_JSON",
  "DENO_DISABLE_NODE_SHIM",
  "DENO_LOG",
];
