import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { visible } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";

/** The path of the configuration; unit and cron file expect it there. */
const DEFAULT_FILE = "/etc/lvsctl/lvsctl.yaml";

/** The environment variable with another path in its place. */
const VARIABLE = "LVSCTL_FILE";

/** Whether a configuration is in a store: its address begins with `etcd://` or `etcds://`. */
export function isStoreAddress(file: string): boolean {
  return /^etcds?:\/\//.test(file);
}

/** The file that a command reads if its command line names none. */
export function defaultFile({ surroundings }: Pick<Context, "surroundings">): string {
  return surroundings.variables(VARIABLE) || DEFAULT_FILE;
}

/**
 * The file that a command line names, or the default file.
 *
 * @throws {LvsctlError} If it names none, and there is no default file.
 */
export function chosenFile(context: Pick<Context, "surroundings">, file: string | undefined): string {
  if (file !== undefined) return withoutLogin(file);
  const path = defaultFile(context);
  if (isStoreAddress(withoutLogin(path)) || context.surroundings.files.kindOf(path) !== "missing") return path;
  throw new LvsctlError(`no file is named, and ${visible(path)} does not exist`, {
    hint: `name a file, or create ${visible(path)}`,
    exitCode: EXIT.usage,
  });
}

/** Refuses the address of a store with a login, before any message repeats it. */
function withoutLogin(file: string): string {
  if (!isStoreAddress(file) || !file.includes("@")) return file;
  throw new LvsctlError("it has a user name", {
    operation: "use the store",
    object: visible(file.replace(/\/\/.*@/, "//***@")),
    hint: "name a file with --store-login",
    exitCode: EXIT.usage,
  });
}

/** Help for the argument of a command that {@linkcode chosenFile} completes. */
export const DEFAULT_FILE_HELP = `(default: ${DEFAULT_FILE})`;
