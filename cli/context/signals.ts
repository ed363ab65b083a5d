/** A listener for the signals that end a command; disposing of it ends the listening. */
export interface Interruption extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Listens for SIGINT and SIGTERM, which then no longer end the process by themselves. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const name of SIGNALS) Deno.addSignalListener(name, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) Deno.removeSignalListener(name, stop);
    },
  };
}
