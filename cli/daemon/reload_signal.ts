import { admitDaemonSignals } from "../../core/system/signals.ts";
import { listenFor } from "../context/signal_listener.ts";

/** A signal that means something to other daemons of this kind, and that would end this one by default. */
const MEANINGLESS = ["SIGUSR1"] as const;

/** Options of {@linkcode ReloadSignal}. */
export interface ReloadSignalOptions {
  /** Called with the name of a signal that has no meaning. */
  readonly onMeaningless: (signal: string) => void;
  /**
   * Listens for signals.
   *
   * @default {listenFor}
   */
  readonly listen?: typeof listenFor | undefined;
  /**
   * Lets the signals arrive that the launcher keeps back.
   *
   * @default {admitDaemonSignals}
   */
  readonly admit?: (() => Disposable) | undefined;
}

/**
 * SIGHUP, from before the daemon reads its file: a signal while it starts is not lost, because the file may have changed
 * after it was read.
 */
export class ReloadSignal implements Disposable {
  readonly #listener: Disposable;
  readonly #admission: Disposable;
  #reload: (() => void) | undefined;
  #isPending = false;

  /** Starts to listen. */
  constructor({ onMeaningless, listen = listenFor, admit = admitDaemonSignals }: ReloadSignalOptions) {
    this.#listener = listen({
      SIGHUP: () => this.#take(),
      ...Object.fromEntries(MEANINGLESS.map((name) => [name, () => onMeaningless(name)])),
    });
    // After all listeners, because the runtime ends the process for a signal without one.
    this.#admission = admit();
  }

  /** Sets what a signal does; a signal that has arrived does it at once. */
  handle(reload: () => void): void {
    this.#reload = reload;
    if (this.#isPending) this.#take();
  }

  /** Ends the listening. */
  [Symbol.dispose](): void {
    this.#admission[Symbol.dispose]();
    this.#listener[Symbol.dispose]();
  }

  #take(): void {
    this.#isPending = this.#reload === undefined;
    this.#reload?.();
  }
}
