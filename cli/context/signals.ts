import { readKernelFile } from "../../core/files/mod.ts";
import { sleepOnThread } from "../../core/system/turn.ts";
import { type InterruptingSignal, interruption } from "../../core/errors/mod.ts";

/** A listener for the signals that end a command; disposing of it ends the listening. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal, with the reason of `interruption()`. */
  readonly signal: AbortSignal;
}

const SIGNALS: readonly InterruptingSignal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/**
 * Listens for SIGHUP, SIGINT and SIGTERM, which then no longer end the process by themselves. A SIGHUP that the parent
 * ignores, as nohup does, stays without effect.
 */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const isIgnored = ignoresHangup();
  const listeners = SIGNALS.map((name) => ({
    name,
    stop: (): void => {
      if (name !== "SIGHUP" || !isIgnored) controller.abort(interruption(name));
    },
  }));
  for (const { name, stop } of listeners) Deno.addSignalListener(name, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const { name, stop } of listeners) Deno.removeSignalListener(name, stop);
    },
  };
}

/** Whether SIGHUP is ignored. The runtime forgets it with its first listener of any signal. */
function ignoresHangup(): boolean {
  try {
    const ignored = /^SigIgn:\s+[\da-f]*([\da-f])$/m.exec(readKernelFile("/proc/self/status"))?.[1] ?? "0";
    return (parseInt(ignored, 16) & 1) === 1;
  } catch {
    return false;
  }
}

/**
 * Lets signals arrive: a listener learns of a signal only in a turn of the event loop.
 *
 * The runtime receives signals in a thread of its own, which on a busy machine needs 1 to 2 ms; shorter turns leave
 * signals waiting.
 */
export function nextTurn(): Promise<void> {
  return sleepOnThread(1);
}
