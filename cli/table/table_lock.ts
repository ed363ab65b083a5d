import { LvsctlError } from "../../core/errors/mod.ts";
import { formatDuration } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { lockProcess, type ProcessLockOptions } from "../state/process_lock.ts";

/**
 * Keeps other processes of lvsctl from changing the table until it is disposed of: see {@linkcode lockProcess}.
 *
 * @throws {LvsctlError} If another process has it all the time; the message names that process.
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
        hint: `it did not end within ${formatDuration(Math.round(timeoutMs))}; try again when it has`,
        retriable: true,
      }),
  });
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
