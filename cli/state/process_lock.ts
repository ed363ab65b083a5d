import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import { holderOf, openLockFile, releaseLock, shortHolderOf, takeLock } from "./file_lock.ts";
import { tableNamespace } from "./namespace.ts";

/** Options of {@linkcode lockProcess}. */
export interface ProcessLockOptions {
  /** The directory of the lock's file; it is created if it is missing. */
  readonly directory: string;
  /** The object that is locked: the file's name without the namespace and `.lock`. */
  readonly name: string;
  /** The command that takes the lock, for the error message of other processes. */
  readonly purpose: string;
  /** How long to wait for another process; milliseconds. */
  readonly timeoutMs: number;
  /** Called with the reason if this machine cannot lock the file; then the process continues without a lock. */
  readonly onUnusable: (reason: LvsctlError) => void;
  /** Called repeatedly while another process holds the lock. */
  readonly onWait?: ((wait: LockWait) => void) | undefined;
  /** Makes the error after the timeout; the holder reads "another lvsctl, process 42 (\"run web.yaml\"),". */
  readonly heldError: (holder: string) => LvsctlError;
}

/** A wait for another process. */
export interface LockWait {
  /** Reads which process holds the lock: `lvsctl 42 (run web.yaml)`. */
  readonly holder: () => string;
  /** The time until the timeout; milliseconds. */
  readonly leftMs: number;
}

/**
 * Locks out other processes of lvsctl in this network namespace until it is disposed of or the process ends.
 *
 * A user who may not write the file gets no lock: the kernel refuses the user's changes anyway, unless the user has the
 * right to change the table and no other.
 *
 * @throws {LvsctlError} `heldError`, if another process holds the lock until the timeout.
 */
export function lockProcess(options: ProcessLockOptions): Disposable {
  const { directory } = options;
  let path = directory;
  let file: Deno.FsFile;
  try {
    path = `${directory}/${options.name}-${tableNamespace()}.lock`;
    file = openLockFile(path);
  } catch (error) {
    if (!isForbidden(error)) {
      options.onUnusable(asLvsctlError(error, { operation: `lock the ${options.name} with`, object: path }));
    }
    return { [Symbol.dispose]: () => {} };
  }
  try {
    const onWait = (leftMs: number): void => options.onWait?.({ holder: () => shortHolderOf(path), leftMs });
    if (!takeLock(file, { ...options, onWait })) throw options.heldError(holderOf(path));
  } catch (error) {
    file.close();
    if (error instanceof LvsctlError) throw error;
    // Some file systems have no locks.
    options.onUnusable(asLvsctlError(error, { operation: `lock the ${options.name} with`, object: path }));
    return { [Symbol.dispose]: () => {} };
  }
  return { [Symbol.dispose]: () => releaseLock(file) };
}

/** Whether an error means that the user may not write there, which needs no warning. */
export function isForbidden(error: unknown): boolean {
  return (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) &&
    Deno.uid() !== 0;
}
