import { asLvsctlError } from "../core/errors/mod.ts";
import { replaceFile } from "./replace_file.ts";

/**
 * Changes a JSON file that several processes share: reads it, calls back, and replaces it, all under a lock.
 *
 * A file that is missing or cannot be parsed is given as `undefined`. If the callback throws, the file stays.
 *
 * @param path The file; its directory is made if it is missing.
 * @param update Gets what is stored; returns its result and what to store, `undefined` for no change.
 * @throws {LvsctlError} If the file cannot be locked or written.
 */
export function updateStateFile<T>(
  path: string,
  update: (stored: unknown) => { readonly result: T; readonly state: unknown },
): T {
  using lock = openLock(path);
  lock.lockSync(true);
  const { result, state } = update(readJson(path));
  if (state !== undefined) replaceFile(path, `${JSON.stringify(state)}\n`);
  return result;
}

/** A file of its own, for the state file is replaced and a lock on it would be on the old one. Closing unlocks. */
function openLock(path: string): Deno.FsFile {
  try {
    const directory = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    if (directory !== "") Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
    return Deno.openSync(`${path}.lock`, { write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw asLvsctlError(error, { operation: "lock", object: path, hint: "name a writable file with --state" });
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    // What cannot be read counts as nothing known, which leaves the table as it is.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw asLvsctlError(error, { operation: "read", object: path });
  }
}
