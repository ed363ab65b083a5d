import { CompactedError, EtcdError, type Snapshot, type WatchMessage } from "../etcd/mod.ts";
import { type Clock, sleep } from "../time/mod.ts";
import type { ClusterStore } from "./store.ts";

/** How often everything is read again: events are lost by bugs, and a silent stream looks alive. Milliseconds. */
const READ_AGAIN_MS = 60_000;

/** The shortest and the longest time between two attempts to reach the store; milliseconds. */
const RETRY_MS = { first: 1000, last: 15_000 };

/** Time between two streams that the store ends at once; milliseconds. */
const PAUSE_MS = 250;

/** Options of a {@linkcode StoreFollower}. */
export interface StoreFollowerOptions {
  /** The store. */
  readonly store: ClusterStore;
  /** The source of time. */
  readonly clock: Clock;
  /** Spreads what many directors do: 0 to less than 1. */
  readonly random: () => number;
  /** Called with the watched keys when they were read. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Called with changes of these keys. */
  readonly onMessage: (message: WatchMessage) => void;
  /** Called when the store cannot be read. */
  readonly onLost: (error: EtcdError) => void;
  /** Called with an error that is a bug. */
  readonly onBug: (error: unknown) => void;
}

/** Follows the keys of a store that every director watches. */
export class StoreFollower {
  readonly #options: StoreFollowerOptions;
  #watching: AbortController | undefined;

  /** Reads nothing yet. */
  constructor(options: StoreFollowerOptions) {
    this.#options = options;
  }

  /** Follows the keys until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, onLost, onBug } = this.#options;
    let retryMs = RETRY_MS.first;
    while (!signal.aborted) {
      let waitMs = PAUSE_MS;
      try {
        await this.#readAndWatch(signal);
        retryMs = RETRY_MS.first;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof EtcdError) {
          onLost(error);
          waitMs = retryMs * (0.75 + random() / 2);
          retryMs = Math.min(2 * retryMs, RETRY_MS.last);
        } else if (!(error instanceof CompactedError)) {
          onBug(error);
          waitMs = RETRY_MS.last;
        }
      }
      await sleep(waitMs, { clock, signal }).catch(() => {});
    }
  }

  /** Ends the stream of changes, and reads the keys again. */
  readAgain(): void {
    this.#watching?.abort();
  }

  /** Reads the watched keys, and follows their changes until they have to be read again. */
  async #readAndWatch(signal: AbortSignal): Promise<void> {
    const { store: { etcd, keys: { watched } }, clock, random, onSnapshot, onMessage } = this.#options;
    const snapshot = await etcd.range({ prefix: watched }, signal);
    onSnapshot(snapshot);
    const controller = this.#watching = new AbortController();
    const stop = (): void => controller.abort();
    signal.addEventListener("abort", stop, { once: true });
    // An aborted signal calls no listener.
    if (signal.aborted) return;
    using _timer = clock.setTimer(stop, READ_AGAIN_MS * (0.75 + random() / 2));
    try {
      for await (const message of etcd.watch(watched, { from: snapshot.revision + 1, signal: controller.signal })) {
        onMessage(message);
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
