import { LvsctlError } from "../../core/errors/mod.ts";
import type { Clock } from "../../core/time/mod.ts";

/** The most snapshots that readers keep in memory at the same time. */
const MOST_SNAPSHOTS = 3;

/** How long a reader may keep a snapshot while another reader waits for a new one; milliseconds. */
const PATIENCE_MS = 10_000;

/** Slow readers keep as many snapshots as there may be; soon there is room again. */
export class SnapshotLimitError extends LvsctlError {
  /** Class name, for debugging. */
  override name: string = "SnapshotLimitError";

  /** Makes the error. */
  constructor() {
    super("slow readers hold all snapshots; try again in a few seconds", { retriable: true });
  }
}

/** A reader of a snapshot, until it is disposed of. */
export interface SnapshotReader extends Disposable {
  /**
   * Call it before each piece.
   *
   * @throws {SnapshotLimitError} If the reader was too slow and has to make room for others.
   */
  check(): void;
}

/** The readers that keep snapshots in memory: a slow one needs minutes for a large answer. */
export class SnapshotReaders {
  readonly #clock: Clock;
  readonly #readers = new Set<{ readonly snapshot: object; readonly since: number; isRevoked: boolean }>();

  /** Begins without readers. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a reader of a snapshot. */
  add(snapshot: object): SnapshotReader {
    const reader = { snapshot, since: this.#clock.now(), isRevoked: false };
    this.#readers.add(reader);
    return {
      check: () => {
        if (reader.isRevoked) throw new SnapshotLimitError();
      },
      [Symbol.dispose]: () => void this.#readers.delete(reader),
    };
  }

  /**
   * Call it before a new snapshot is made.
   *
   * @throws {SnapshotLimitError} If there is no room for it. Readers that had enough time end soon for it.
   */
  requireRoom(): void {
    const held = new Set(this.#readers.values().map(({ snapshot }) => snapshot));
    if (held.size < MOST_SNAPSHOTS) return;
    for (const reader of this.#readers) {
      if (reader.since <= this.#clock.now() - PATIENCE_MS) reader.isRevoked = true;
    }
    throw new SnapshotLimitError();
  }
}
