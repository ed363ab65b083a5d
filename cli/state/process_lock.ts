import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import { tableNamespace } from "./namespace.ts";

/** How one process keeps others out. */
export interface ProcessLockOptions {
  /** Where the lock's file is; it is made if it is missing. */
  readonly directory: string;
  /** The file's name without the namespace and `.lock`: what is locked. */
  readonly name: string;
  /** What it is locked for, which is told to those who have to wait too long. */
  readonly purpose: string;
  /** How long to wait for another process at the most; milliseconds. */
  readonly timeoutMs: number;
  /** Is told why there can be no lock on this machine; then there is none. */
  readonly onUnusable: (reason: LvsctlError) => void;
  /** The error for those who have to wait too long: who has it, as "another lvsctl, process 42 (\"run web.yaml\"),". */
  readonly heldError: (holder: string) => LvsctlError;
}

/** How often a lock that another process has is tried for; milliseconds. */
const INTERVAL_MS = 20;

/**
 * Keeps other processes of lvsctl in this network namespace out until it is disposed of. It goes with the process, too.
 *
 * Who may not write there gets no lock: the kernel will refuse him, or he has been given the right to change the table
 * and nothing else.
 *
 * @throws {LvsctlError} `heldError`, if another process has it all the time.
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
      pause(Math.min(leftMs, INTERVAL_MS));
    }
  } catch (error) {
    file.close();
    if (error instanceof LvsctlError) throw error;
    // Some file systems have no locks.
    options.onUnusable(asLvsctlError(error, { operation: `lock the ${options.name} with`, object: path }));
    return { [Symbol.dispose]: () => {} };
  }
  note(file, `${Deno.pid} ${options.purpose}\n`);
  return {
    [Symbol.dispose]: () => {
      note(file, "");
      file.close();
    },
  };
}

/** Says who has the lock, for those who wait in vain: the lock itself is the kernel's, and so needs no room on a disk. */
function note(file: Deno.FsFile, text: string): void {
  try {
    file.truncateSync(0);
    file.seekSync(0, Deno.SeekMode.Start);
    if (text !== "") file.writeSync(new TextEncoder().encode(text));
  } catch {
    // Then a message does not name the process.
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

/** Whoever waits for a lock has nothing else to do meanwhile. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function holderOf(path: string): string {
  const [, pid, purpose] = /^(\d+) (.*)/.exec(textOf(path)) ?? [];
  return pid === undefined ? "another lvsctl" : `another lvsctl, process ${pid} ("${purpose}"),`;
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
