import { listenFor } from "../context/signal_listener.ts";

/**
 * What ends the daemon: SIGTERM and SIGINT stop it, and SIGUSR2 ends it for a restart. A stop also counts after the signal
 * for a restart, because no other daemon follows then.
 */
export class EndSignals implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: Disposable;
  readonly #stopped = Promise.withResolvers<void>();
  #isRestart = false;

  /**
   * Listens from now on.
   *
   * @param listen Listens for signals.
   */
  constructor(listen: typeof listenFor = listenFor) {
    const stop = (): void => {
      this.#isRestart = false;
      this.#controller.abort();
      this.#stopped.resolve();
    };
    this.#listeners = listen({ SIGTERM: stop, SIGINT: stop, SIGUSR2: () => this.#restart() });
  }

  /** Aborted when the daemon has to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether another daemon follows at once. */
  get isRestart(): boolean {
    return this.#isRestart;
  }

  /** Resolved when it has to stop, so that no other daemon follows. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Stops listening, and ends what still runs: after an error too, it would keep the process alive. */
  [Symbol.dispose](): void {
    this.#listeners[Symbol.dispose]();
    this.#controller.abort();
  }

  #restart(): void {
    if (this.signal.aborted) return;
    this.#isRestart = true;
    this.#controller.abort();
  }
}
