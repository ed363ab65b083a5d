/**
 * Whether a process survives a signal.
 *
 * @module
 */

/** Numbers of signals (signal(7)). */
const NUMBERS = { SIGHUP: 1, SIGUSR1: 10, SIGUSR2: 12 } as const;

/** Whether a process blocks, ignores or catches a signal; false also if it has ended. */
export function survives(pid: number, signal: keyof typeof NUMBERS): boolean {
  const bit = 1n << BigInt(NUMBERS[signal] - 1);
  try {
    const sets = Deno.readTextFileSync(`/proc/${pid}/status`).matchAll(/^Sig(?:Blk|Ign|Cgt):\s+([\da-f]+)$/gm);
    return [...sets].some(([, digits]) => (BigInt(`0x${digits}`) & bit) !== 0n);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
