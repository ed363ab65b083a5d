import { openOwnFile, readOwnFile } from "../../core/files/mod.ts";

/** Time between two attempts to take a lock that another process holds; milliseconds. */
const INTERVAL_MS = 20;

/**
 * Opens the file of a lock, and creates the file and its directory if they are missing. Closing the file unlocks it.
 *
 * Throws the system's errors if it cannot be opened.
 *
 * @throws {LvsctlError} If something other than a lock has its name.
 */
export function openLockFile(path: string): Deno.FsFile {
  try {
    return openOwnFile(path);
  } catch (error) {
    const end = path.lastIndexOf("/");
    if (!(error instanceof Deno.errors.NotFound) || end <= 0) throw error;
    Deno.mkdirSync(path.slice(0, end), { recursive: true, mode: 0o755 });
    return openOwnFile(path);
  }
}

/**
 * Waits for a lock, and writes this process into its file. Throws the system's errors: some file systems have no locks.
 *
 * @param file The file of the lock.
 * @param options.purpose The command that takes the lock, for the messages of other processes.
 * @param options.timeoutMs How long to wait for another process; milliseconds.
 * @param options.onWait Called about every {@linkcode INTERVAL_MS} with the time until the timeout; milliseconds.
 * @returns False if another process holds the lock until the timeout: it may be stopped.
 */
export function takeLock(
  file: Deno.FsFile,
  options: {
    readonly purpose: string;
    readonly timeoutMs: number;
    readonly onWait?: ((leftMs: number) => void) | undefined;
  },
): boolean {
  const deadline = performance.now() + options.timeoutMs;
  while (!file.tryLockSync(true)) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return false;
    options.onWait?.(leftMs);
    pause(Math.min(leftMs, INTERVAL_MS));
  }
  writeHolder(file, `${Deno.pid} ${options.purpose}\n`);
  return true;
}

/** Releases a lock, and closes its file. */
export function releaseLock(file: Deno.FsFile): void {
  writeHolder(file, "");
  file.close();
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

/** Blocks the process: a command that waits for a lock does nothing else. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** The process that holds a lock, in few words: `lvsctl 42 (run web.yaml)`. */
export function shortHolderOf(path: string): string {
  const [, pid, purpose] = /^(\d+) (.*)/.exec(textOf(path)) ?? [];
  return pid === undefined ? "another lvsctl" : `lvsctl ${pid} (${purpose})`;
}

/** The process that holds a lock, for messages: `another lvsctl, process 42 ("run web.yaml"),`. */
export function holderOf(path: string): string {
  const [, pid, purpose] = /^(\d+) (.*)/.exec(textOf(path)) ?? [];
  return pid === undefined ? "another lvsctl" : `another lvsctl, process ${pid} ("${purpose}"),`;
}

function textOf(path: string): string {
  try {
    return readOwnFile(path);
  } catch {
    return "";
  }
}
