import { JsonLines, type SpeakerCommand, type SpeakerMessage } from "./protocol.ts";
import { continuedRouters } from "./router_succession.ts";
import { Speaker, type SpeakerOptions } from "./speaker.ts";
import type { RouterStatus } from "./status.ts";

/** Intervals of a router for which it goes on without a daemon, so that another daemon can take it over. */
const ORPHAN_INTERVALS = 3;

/**
 * How long no other process of the service may run during a restart, in which its commands follow each other at once, or
 * after the second of its `RestartSec=`; milliseconds.
 */
const ALONE_MS = 3000;

/** The longest time without a sign of life of the daemon; milliseconds. */
const SILENCE_MS = 30_000;

/** The longest time between two reports of the status, and the shortest one; milliseconds. */
const STATUS_MS = 1000;

/** How often the interfaces are read even if no change was reported; milliseconds. */
const LOOK_MS = 10_000;

/** The shortest time from one reading to the next, because changes come in bursts; milliseconds. */
const SETTLE_MS = 20;

/**
 * As many times as long as a reading takes the next one waits: this process has real-time priority, and with thousands of
 * addresses other programs, also the one that changes them, would not run any more. At most MOST_SETTLE_MS milliseconds.
 */
const READING_PAUSES = 4;
const MOST_SETTLE_MS = 200;

/** Dependencies of a {@linkcode SpeakerSession}. */
export interface SessionOptions extends Omit<SpeakerOptions, "onEvent"> {
  /** The version of this program. */
  readonly version: string;
  /** The number of this process. */
  readonly pid: number;
  /** Called once, before the first routers run, with the active routers of another process that continue. */
  readonly onBegin?: (continued: readonly RouterStatus[]) => void;
  /**
   * Whether the service of the daemon has no other process at present; undefined if that is not known.
   *
   * @default it is not known
   */
  readonly isAlone?: () => boolean | undefined;
  /** Sends a message to the daemon; false if it does not take any at present. */
  readonly send: (message: SpeakerMessage) => boolean;
}

/** The speaker as the daemon controls it from another process. It does nothing between calls, and never waits. */
export class SpeakerSession implements Disposable {
  readonly #options: SessionOptions;
  readonly #speaker: Speaker;
  #lines = new JsonLines<SpeakerCommand>();
  /** Messages that the daemon did not take yet. */
  readonly #waiting: SpeakerMessage[] = [];
  #aliveAt: number;
  /** When the daemon has ended; undefined while there is one. */
  #orphanedAt: number | undefined;
  /** How long the routers go on without a daemon, if the last one has demanded it; milliseconds. */
  #holdMs = 0;
  /** Since when the service has had no other process, while it waits for the next daemon; undefined otherwise. */
  #aloneSince: number | undefined;
  /** The intervals of the routers; milliseconds. */
  #intervals: readonly number[] = [];
  #statusAt = 0;
  #lookAt = 0;
  #lookedAt = -Infinity;
  #settleMs = SETTLE_MS;
  #hasBegun = false;
  #isEnded = false;
  /** Whether another process has the addresses from now on. */
  #hasLeft = false;

  /** Runs no router yet. */
  constructor(options: SessionOptions) {
    this.#options = options;
    this.#aliveAt = options.now();
    this.#waiting.push(this.#hello);
    this.#speaker = new Speaker({
      ...options,
      onEvent: (event) => {
        this.#waiting.push({ kind: "event", event });
        this.#statusAt = 0;
      },
    });
  }

  /** Whether it ends: the daemon says so, or has ended itself, and no router goes on without it. */
  get isEnded(): boolean {
    return this.#isEnded || this.#options.now() >= Math.max(...this.#orphanTimes);
  }

  /** When it has something to do next; a moment of the monotonic clock. */
  get dueAt(): number {
    const now = this.#options.now();
    const orphanAt = Math.min(...this.#orphanTimes.filter((at) => at > now));
    return Math.min(this.#speaker.dueAt, this.#statusAt + STATUS_MS, this.#lookAt, orphanAt);
  }

  /** The daemon has ended without a word: another one may take over for a while. */
  orphan(): void {
    this.#orphanedAt ??= this.#options.now();
  }

  /** Another daemon has connected. */
  greet(): void {
    this.#lines = new JsonLines();
    this.#waiting.unshift(this.#hello);
    this.#statusAt = 0;
  }

  /** Takes bytes from the daemon. */
  take(bytes: Uint8Array): void {
    this.#aliveAt = this.#options.now();
    this.#orphanedAt = undefined;
    this.#holdMs = 0;
    for (const command of this.#lines.take(bytes)) this.#obey(command);
  }

  /** Interfaces or addresses have changed: they are read soon, once for several changes. */
  look(): void {
    this.#lookAt = Math.min(this.#lookAt, this.#lookedAt + this.#settleMs);
  }

  /** Does what is due. */
  turn(): void {
    const now = this.#options.now();
    this.#endVainHold(now);
    this.#speaker.setFault(({ intervalMs }) => this.#faultOf(intervalMs, now));
    if (now >= this.#lookAt) {
      this.#lookAt = now + LOOK_MS;
      this.#speaker.look();
      this.#lookedAt = this.#options.now();
      this.#settleMs = Math.min(MOST_SETTLE_MS, Math.max(SETTLE_MS, READING_PAUSES * (this.#lookedAt - now)));
    } else {
      this.#speaker.turn();
    }
    this.#report(now);
  }

  /** Stops all routers, or leaves them to another process. */
  [Symbol.dispose](): void {
    if (this.#hasLeft) {
      this.#report(Infinity);
      this.#speaker.leave();
      return;
    }
    this.#speaker[Symbol.dispose]();
    this.#report(Infinity);
  }

  get #hello(): SpeakerMessage {
    const { version, pid } = this.#options;
    return { kind: "hello", version, pid };
  }

  /** When the routers stop that have no daemon, after each other; none while there is one. */
  get #orphanTimes(): readonly number[] {
    const orphanedAt = this.#orphanedAt;
    if (orphanedAt === undefined) return [Infinity];
    return [orphanedAt, ...this.#intervals.map((intervalMs) => orphanedAt + this.#patienceMs(intervalMs))];
  }

  /** Waits no longer for another daemon if none follows: a stop came after the service manager had ended the last one. */
  #endVainHold(now: number): void {
    const isWaiting = this.#orphanedAt !== undefined && this.#holdMs > 0;
    this.#aloneSince = isWaiting && this.#options.isAlone?.() === true ? this.#aloneSince ?? now : undefined;
    if (this.#aloneSince !== undefined && now >= this.#aloneSince + ALONE_MS) this.#holdMs = 0;
  }

  /** How long a router goes on without a daemon; milliseconds. */
  #patienceMs(intervalMs: number): number {
    return Math.max(this.#holdMs, ORPHAN_INTERVALS * intervalMs);
  }

  /** Why a router must not take part, depending on its interval. */
  #faultOf(intervalMs: number, now: number): string | undefined {
    if (this.#holdMs === 0 && now - this.#aliveAt >= SILENCE_MS) return "the daemon gives no sign of life";
    const isLost = this.#orphanedAt !== undefined && now >= this.#orphanedAt + this.#patienceMs(intervalMs);
    return isLost ? "the daemon has ended" : undefined;
  }

  #obey(command: SpeakerCommand): void {
    switch (command.kind) {
      case "configure":
        if (!this.#hasBegun) {
          this.#options.onBegin?.(continuedRouters(command.continued ?? [], command.settings.routers));
        }
        this.#hasBegun = true;
        this.#intervals = command.settings.routers.map(({ intervalMs }) => intervalMs);
        return this.#speaker.configure(command.settings, command.continued);
      case "track":
        return this.#speaker.track(command.states);
      case "release":
        return this.#speaker.setReleased(command.name, command.isReleased);
      case "hold":
        this.#holdMs = command.forMs;
        return;
      case "alive":
        return;
      case "leave":
        this.#hasLeft = true;
        this.#isEnded = true;
        return;
      case "stop":
        this.#isEnded = true;
    }
  }

  #report(now: number): void {
    if (now >= this.#statusAt + STATUS_MS) {
      const { status: routers, discarded } = this.#speaker;
      this.#statusAt = now;
      const status: SpeakerMessage = { kind: "status", routers, discarded };
      // A status that was not taken is out of date.
      const old = this.#waiting.findIndex(({ kind }) => kind === "status");
      if (old >= 0) this.#waiting.splice(old, 1);
      this.#waiting.push(status);
    }
    for (let next = this.#waiting[0]; next !== undefined && this.#options.send(next); next = this.#waiting[0]) {
      this.#waiting.shift();
    }
  }
}
