import { asLvsctlError } from "../../core/errors/mod.ts";
import { replaceFile } from "./atomic_file.ts";

/**
 * Changes a JSON file that several processes share: reads it, calls `update`, and replaces the file, all under a lock.
 *
 * If `update` throws, the file stays as it is.
 *
 * @param path The file; its directory is created if it is missing.
 * @param update Called with the stored value, `undefined` if the file is missing or cannot be parsed; returns its result
 *   and the value to store, `undefined` for no change.
 * @throws {LvsctlError} If the file cannot be locked or written.
 */
export function updateJsonFile<T>(
  path: string,
  update: (stored: unknown) => { readonly result: T; readonly state: unknown },
): T {
  using file = lockJsonFile(path, { hint: "name a writable file with --state" });
  const { result, state } = update(file.read());
  if (state !== undefined) file.write(state);
  return result;
}

/** A JSON file that no other process changes until this is disposed of. */
export interface LockedJsonFile extends Disposable {
  /** Returns the stored value; `undefined` if the file is missing or cannot be parsed. */
  read(): unknown;
  /** Replaces the stored value. */
  write(state: unknown): void;
}

/**
 * Locks a JSON file that several processes share; waits for the process that holds the lock.
 *
 * @param path The file; its directory is created if it is missing.
 * @param options.hint The hint of the error if the file cannot be locked.
 * @throws {LvsctlError} If the file cannot be locked; its methods throw if the file cannot be read or written.
 */
export function lockJsonFile(path: string, options: { readonly hint: string }): LockedJsonFile {
  const lock = openLock(path, options.hint);
  lock.lockSync(true);
  return {
    read: () => readJson(path),
    write: (state) => replaceFile(path, `${JSON.stringify(state)}\n`),
    [Symbol.dispose]: () => lock.close(),
  };
}

/** Opens the lock's own file, because a lock on the replaced JSON file would stay on the old one. Closing unlocks. */
function openLock(path: string, hint: string): Deno.FsFile {
  try {
    const directory = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    if (directory !== "") Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
    return Deno.openSync(`${path}.lock`, { write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw asLvsctlError(error, { operation: "lock", object: path, hint });
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    // Without known results the table stays as it is.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw asLvsctlError(error, { operation: "read", object: path });
  }
}
