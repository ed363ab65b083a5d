import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import { checkOwnJson, readOwnFile } from "../../core/files/mod.ts";
import { replaceOwnFile } from "./atomic_file.ts";
import { holderOf, openLockFile, releaseLock, takeLock } from "./file_lock.ts";

/**
 * How long to wait for another process, which may itself wait for the table; milliseconds. A process that is stopped
 * keeps its lock.
 */
const LOCK_TIMEOUT_MS = 20_000;

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
  // A command line names it: a configuration in its place must not be lost.
  checkContent(path);
  const { result, state } = update(file.read());
  if (state !== undefined) file.write(state);
  return result;
}

function checkContent(path: string): void {
  try {
    checkOwnJson(path);
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: path });
  }
}

/** A JSON file that no other process changes until this is disposed of. */
export interface LockedJsonFile extends Disposable {
  /** Returns the stored value; `undefined` if the file is missing or cannot be parsed. */
  read(): unknown;
  /** Replaces the stored value. */
  write(state: unknown): void;
}

/** Options of {@linkcode lockJsonFile}. */
export interface JsonLockOptions {
  /** The hint of the error if the file cannot be locked. */
  readonly hint: string;
  /**
   * How long to wait for another process; milliseconds.
   *
   * @default {20000}
   */
  readonly timeoutMs?: number | undefined;
}

/**
 * Locks a JSON file that several processes share; waits for the process that holds the lock.
 *
 * @param path The file; its directory is created if it is missing.
 * @param options What to do if it cannot be locked.
 * @throws {LvsctlError} If the file cannot be locked, or another process holds the lock for too long; its methods throw
 * if the file cannot be read or written.
 */
export function lockJsonFile(path: string, options: JsonLockOptions): LockedJsonFile {
  const lock = openLock(path, options);
  return {
    read: () => readJson(path),
    write: (state) => replaceOwnFile(path, `${JSON.stringify(state)}\n`),
    [Symbol.dispose]: () => releaseLock(lock),
  };
}

/** Takes the lock's own file, because a lock on the replaced JSON file would stay on the old one. */
function openLock(path: string, { hint, timeoutMs = LOCK_TIMEOUT_MS }: JsonLockOptions): Deno.FsFile {
  const lockPath = `${path}.lock`;
  let file: Deno.FsFile | undefined;
  try {
    file = openLockFile(lockPath);
    const purpose = Deno.args.join(" ").slice(0, 200).replace(/\p{Cc}/gu, " ");
    if (takeLock(file, { purpose, timeoutMs })) return file;
    throw new LvsctlError(`${holderOf(lockPath)} is using it`, {
      operation: "lock",
      object: path,
      errno: "EWOULDBLOCK",
      hint: `it did not finish within ${timeoutMs / 1000} s; if it is stopped, continue or end it`,
      retriable: true,
    });
  } catch (error) {
    file?.close();
    throw asLvsctlError(error, { operation: "lock", object: path, hint });
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readOwnFile(path));
  } catch (error) {
    // Without known results the table stays as it is.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw asLvsctlError(error, { operation: "read", object: path });
  }
}
