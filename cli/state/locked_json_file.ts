import { asLvsctlError } from "../../core/errors/mod.ts";
import { replaceFile } from "./atomic_file.ts";

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
  using file = lockStateFile(path, { hint: "name a writable file with --state" });
  const { result, state } = update(file.read());
  if (state !== undefined) file.write(state);
  return result;
}

/** A JSON file that nobody else changes until this is disposed of. */
export interface LockedStateFile extends Disposable {
  /** What is stored; `undefined` if the file is missing or cannot be parsed. */
  read(): unknown;
  /** Replaces it. */
  write(state: unknown): void;
}

/**
 * Locks a JSON file that several processes share, waiting for whoever has it.
 *
 * @param path The file; its directory is made if it is missing.
 * @param options.hint What to do where it cannot be locked.
 * @throws {LvsctlError} If it cannot be locked; and from its methods if it cannot be read or written.
 */
export function lockStateFile(path: string, options: { readonly hint: string }): LockedStateFile {
  const lock = openLock(path, options.hint);
  lock.lockSync(true);
  return {
    read: () => readJson(path),
    write: (state) => replaceFile(path, `${JSON.stringify(state)}\n`),
    [Symbol.dispose]: () => lock.close(),
  };
}

/** A file of its own, for the state file is replaced and a lock on it would be on the old one. Closing unlocks. */
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
    // What cannot be read counts as nothing known, which leaves the table as it is.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw asLvsctlError(error, { operation: "read", object: path });
  }
}
