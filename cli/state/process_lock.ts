import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
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
  /** Called about every {@linkcode INTERVAL_MS} while another process holds the lock. */
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

/** Time between two attempts to take a lock that another process holds; milliseconds. */
const INTERVAL_MS = 20;

/**
 * Locks out other processes of lvsctl in this network namespace until it is disposed of or the process ends.
 *
 * A user who may not write the file gets no lock: the kernel refuses the user's changes anyway, unless the user has the
 * right to change the table and no other.
 *
 * @throws {LvsctlError} `heldError`, if another process holds the lock until the timeout.
 */
export function lockProcess(options: ProcessLockOptions): Disposable {
  const { directory, timeoutMs } = options;
  let path = directory;
  let file: Deno.FsFile;
  try {
    path = `${directory}/${options.name}-${tableNamespace()}.lock`;
    file = openLock(directory, path);
  } catch (error) {
    if (!isForbidden(error)) {
      options.onUnusable(asLvsctlError(error, { operation: `lock the ${options.name} with`, object: path }));
    }
    return { [Symbol.dispose]: () => {} };
  }
  try {
    const deadline = performance.now() + timeoutMs;
    while (!file.tryLockSync(true)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw options.heldError(holderOf(path));
      options.onWait?.({ holder: () => shortHolderOf(path), leftMs });
      pause(Math.min(leftMs, INTERVAL_MS));
    }
  } catch (error) {
    file.close();
    if (error instanceof LvsctlError) throw error;
    // Some file systems have no locks.
    options.onUnusable(asLvsctlError(error, { operation: `lock the ${options.name} with`, object: path }));
    return { [Symbol.dispose]: () => {} };
  }
  writeHolder(file, `${Deno.pid} ${options.purpose}\n`);
  return {
    [Symbol.dispose]: () => {
      writeHolder(file, "");
      file.close();
    },
  };
}

/** Writes the holder of the lock for the error message of other processes; a failure does not matter to the lock. */
function writeHolder(file: Deno.FsFile, text: string): void {
  try {
    file.truncateSync(0);
    file.seekSync(0, Deno.SeekMode.Start);
    if (text !== "") file.writeSync(new TextEncoder().encode(text));
  } catch {
    // Then the message does not name the process.
  }
}

function openLock(directory: string, path: string): Deno.FsFile {
  const options = { read: true, write: true, create: true, mode: 0o600 } as const;
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
    return Deno.openSync(path, options);
  }
}

/** Whether an error means that the user may not write there, which needs no warning. */
export function isForbidden(error: unknown): boolean {
  return (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) &&
    Deno.uid() !== 0;
}

/** Blocks the process: a command that waits for a lock does nothing else. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function holderOf(path: string): string {
  const [, pid, purpose] = /^(\d+) (.*)/.exec(textOf(path)) ?? [];
  return pid === undefined ? "another lvsctl" : `another lvsctl, process ${pid} ("${purpose}"),`;
}

function shortHolderOf(path: string): string {
  const [, pid, purpose] = /^(\d+) (.*)/.exec(textOf(path)) ?? [];
  return pid === undefined ? "another lvsctl" : `lvsctl ${pid} (${purpose})`;
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
