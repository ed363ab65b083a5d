import { asLvsctlError, LvsctlError } from "../core/errors/mod.ts";
import { formatDuration } from "../core/model/mod.ts";
import type { Context } from "./context.ts";

/** How the table is locked. */
export interface TableLockOptions {
  /** Where the lock's file is; it is made if it is missing. */
  readonly directory: string;
  /** What the table is locked for, which is told to those who have to wait too long. */
  readonly purpose: string;
  /** How long to wait for another process at the most; milliseconds. */
  readonly timeoutMs: number;
  /** Is told why the table cannot be locked on this machine; then it is not. */
  readonly onUnusable: (reason: LvsctlError) => void;
}

/** How often a lock that another process has is tried for; milliseconds. */
const INTERVAL_MS = 20;

/** Which network namespace this is, and so which table: all of them share /run. */
const NAMESPACE = "/proc/self/ns/net";

/** A number that the network namespace, and so its table, is told by. */
export function tableNamespace(): string {
  return String(Deno.statSync(NAMESPACE).ino);
}

/**
 * Keeps other processes of lvsctl from changing the table until it is disposed of. It goes with the process, too.
 *
 * Who may not write there gets no lock: the kernel will refuse him, or he has been given the right to change the table
 * and nothing else.
 *
 * @throws {LvsctlError} If another process has it all the time; the message names that process.
 */
export function lockTable(options: TableLockOptions): Disposable {
  const { directory, purpose, timeoutMs } = options;
  let path = directory;
  let file: Deno.FsFile;
  try {
    path = `${directory}/table-${tableNamespace()}.lock`;
    file = openLock(directory, path);
  } catch (error) {
    if (!isForbidden(error)) {
      options.onUnusable(asLvsctlError(error, { operation: "lock the table with", object: path }));
    }
    return { [Symbol.dispose]: () => {} };
  }
  try {
    const deadline = performance.now() + timeoutMs;
    while (!file.tryLockSync(true)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw heldError(path, timeoutMs);
      pause(Math.min(leftMs, INTERVAL_MS));
    }
  } catch (error) {
    file.close();
    throw error;
  }
  name(file, `${Deno.pid} ${purpose}\n`);
  return {
    [Symbol.dispose]: () => {
      name(file, "");
      file.close();
    },
  };
}

/** Says who has the lock, for those who wait in vain: the lock itself is the kernel's, and so needs no room on a disk. */
function name(file: Deno.FsFile, text: string): void {
  try {
    file.truncateSync(0);
    file.seekSync(0, Deno.SeekMode.Start);
    if (text !== "") file.writeSync(new TextEncoder().encode(text));
  } catch {
    // Then a message does not name the process.
  }
}

/** A lock as {@linkcode lockTable} gives it, if nobody else has it; where there are no locks, one that does nothing. */
export function tryLockTable({ directories }: Context, purpose: string): Disposable | undefined {
  if (directories === undefined) return { [Symbol.dispose]: () => {} };
  try {
    return lockTable({ directory: directories.run, purpose, timeoutMs: 0, onUnusable: () => {} });
  } catch (error) {
    if (error instanceof LvsctlError) return undefined;
    throw error;
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

/** Whether the user may not write there, which is nothing to warn of. */
export function isForbidden(error: unknown): boolean {
  return (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) &&
    Deno.uid() !== 0;
}

/** Whoever waits for the table has nothing else to do meanwhile. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function heldError(path: string, timeoutMs: number): LvsctlError {
  const [, pid, purpose] = /^(\d+) (.*)/.exec(textOf(path)) ?? [];
  const holder = pid === undefined ? "another lvsctl" : `another lvsctl, process ${pid} ("${purpose}"),`;
  return new LvsctlError(`${holder} is changing it`, {
    operation: "lock the table",
    errno: "EWOULDBLOCK",
    hint: `it did not end within ${formatDuration(Math.round(timeoutMs))}; try again when it has`,
    retriable: true,
  });
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
