import { LvsctlError } from "../../core/errors/mod.ts";
import { formatDuration } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { lockProcess, type ProcessLockOptions } from "../state/process_lock.ts";

/**
 * Locks the table against other processes of lvsctl until it is disposed of: see {@linkcode lockProcess}.
 *
 * @throws {LvsctlError} If another process holds the lock for too long; the message names that process.
 */
export function lockTable(options: Omit<ProcessLockOptions, "name" | "heldError">): Disposable {
  const { timeoutMs } = options;
  return lockProcess({
    ...options,
    name: "table",
    heldError: (holder) =>
      new LvsctlError(`${holder} is changing it`, {
        operation: "lock the table",
        errno: "EWOULDBLOCK",
        hint: `it did not finish within ${formatDuration(Math.round(timeoutMs))}; try again later`,
        retriable: true,
      }),
  });
}

/** Takes the lock of {@linkcode lockTable} if it is free; without directories, a lock that does nothing. */
export function tryLockTable({ directories }: Context, purpose: string): Disposable | undefined {
  if (directories === undefined) return { [Symbol.dispose]: () => {} };
  try {
    return lockTable({ directory: directories.run, purpose, timeoutMs: 0, onUnusable: () => {} });
  } catch (error) {
    if (error instanceof LvsctlError) return undefined;
    throw error;
  }
}
