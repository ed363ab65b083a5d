import { type InterruptingSignal, interruption } from "../../core/errors/mod.ts";

/** A listener for the signals that end a command; disposing of it ends the listening. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal, with the reason of `interruption()`. */
  readonly signal: AbortSignal;
}

const SIGNALS: readonly InterruptingSignal[] = ["SIGINT", "SIGTERM"];

/** Listens for SIGINT and SIGTERM, which then no longer end the process by themselves. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const listeners = SIGNALS.map((name) => ({ name, stop: (): void => controller.abort(interruption(name)) }));
  for (const { name, stop } of listeners) Deno.addSignalListener(name, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const { name, stop } of listeners) Deno.removeSignalListener(name, stop);
    },
  };
}

/**
 * Waits for a turn of the event loop: a listener learns of a signal only then.
 *
 * A system call in the background makes the loop wait for events, signals among them. It costs a tenth of a timer; a
 * message of a `MessageChannel` is cheaper still, but leaves signals waiting.
 */
export async function nextTurn(): Promise<void> {
  await Deno.lstat("/");
}
