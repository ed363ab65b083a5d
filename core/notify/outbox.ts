import type { Notification } from "../model/mod.ts";
import { describeDestination } from "./destination.ts";
import { type Entry, messagesOf } from "./message.ts";
import type { Delivery, Sender, SenderContext } from "./delivery.ts";

/** Something that went wrong with message, for the log. */
export interface NotificationTrouble {
  /** Who should have been told, for people, without secrets: "mail to ops@example.org by localhost:25". */
  readonly destination: string;
  /** What went wrong, without a period. */
  readonly reason: string;
  /** How many events are not told now. */
  readonly events: number;
  /** How long it is until they are tried again; milliseconds. Undefined: they will not be. */
  readonly retryMs?: number;
}

/**
 * What comes within this is told at once. Commands may take a route away, and are not to wait; nobody wants two hundred
 * mails when a switch fails, and probes find that out within a few of their intervals.
 */
const GATHER_MS: Readonly<Record<Notification["type"], number>> = { exec: 50, syslog: 50, webhook: 1000, mail: 5000 };

/** How long after a failure it is tried again: the first time, and at most; twice as long after each further one. */
const RETRY_MS: Readonly<Record<Notification["type"], readonly [first: number, longest: number]>> = {
  exec: [1000, 30_000],
  syslog: [1000, 30_000],
  webhook: [5000, 300_000],
  mail: [5000, 300_000],
};

/** What could not be told for so long is given up. */
const GIVE_UP_MS = 3_600_000;

/** Events that wait for one destination; of more, the oldest are given up. */
export const QUEUE_LIMIT = 2000;

/** What an {@linkcode Outbox} takes beside its notification. */
export interface OutboxOptions {
  /** Tells. */
  readonly send: Sender;
  /** The world around. */
  readonly context: SenderContext;
  /** Gets everything that goes wrong. */
  readonly onTrouble: (trouble: NotificationTrouble) => void;
  /** Is called when something was told, or has been given up. */
  readonly onChange: () => void;
}

/** What waits to be told to one destination: in order, gathered, one dispatch at a time, and again if it fails. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #abort = new AbortController();
  #notification: Notification;
  #waiting: Entry[] = [];
  #inFlight: readonly Entry[] = [];
  #dropped = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #retryMs: number;
  #failingSince: number | undefined;
  #isClosed = false;

  /** Makes an outbox with nothing in it. */
  constructor(notification: Notification, options: OutboxOptions) {
    this.#notification = notification;
    this.#options = options;
    this.#retryMs = RETRY_MS[notification.type][0];
  }

  /** Tells from now on as another notification to the same destination says: by its headers and within its time. */
  set notification(notification: Notification) {
    this.#notification = notification;
  }

  /** What has not been told yet. */
  get pending(): readonly Entry[] {
    return [...this.#inFlight, ...this.#waiting];
  }

  /** Takes something that is to be told. */
  add(entry: Entry): void {
    this.#waiting.push(entry);
    this.#limit();
    this.#schedule(GATHER_MS[this.#notification.type]);
  }

  /**
   * Tells what there is at once, and nothing after it.
   *
   * @param signal Ends that; what has not been told by then stays in {@linkcode Outbox.pending}.
   */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const stop = (): void => this.#abort.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      await this.#running;
      if (this.#waiting.length > 0 && !signal.aborted) await this.#dispatch();
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** Only one timer at a time: what comes meanwhile goes with it. */
  #schedule(delayMs: number): void {
    if (this.#isClosed || this.#timer !== undefined || this.#running !== undefined) return;
    this.#timer = this.#options.context.clock.setTimer(() => {
      this.#timer = undefined;
      this.#running = this.#dispatch().then((delayMs) => {
        this.#running = undefined;
        if (this.#waiting.length > 0) this.#schedule(delayMs);
      });
    }, delayMs);
  }

  /** Tells what waits; gives the time until the next dispatch. */
  async #dispatch(): Promise<number> {
    const { send, context } = this.#options;
    const notification = this.#notification;
    this.#inFlight = this.#waiting;
    this.#waiting = [];
    const dropped = this.#dropped;
    const messages = messagesOf(this.#inFlight);
    let delivery: Delivery;
    try {
      delivery = await send({ notification, messages, dropped }, context, { signal: this.#abort.signal });
    } catch (error) {
      // A bug of ours must not stop the checks.
      delivery = { ok: false, left: [], reason: `internal error: ${error instanceof Error ? error.message : error}` };
    }
    const told = this.#inFlight.length;
    this.#inFlight = [];
    if (delivery.ok) {
      this.#dropped -= dropped;
      this.#succeed();
      if (delivery.trouble !== undefined) this.#report({ reason: delivery.trouble, events: told });
    }
    const delayMs = delivery.ok ? GATHER_MS[notification.type] : this.#fail(delivery, told);
    this.#options.onChange();
    return delayMs;
  }

  #succeed(): void {
    this.#failingSince = undefined;
    this.#retryMs = RETRY_MS[this.#notification.type][0];
  }

  #fail({ reason, left }: Extract<Delivery, { readonly ok: false }>, events: number): number {
    const { type } = this.#notification;
    const now = this.#options.context.clock.now();
    const entries = left.flatMap((message) => message.entries);
    if (entries.length === 0 || (this.#failingSince !== undefined && now - this.#failingSince >= GIVE_UP_MS)) {
      this.#succeed();
      this.#report({ reason, events });
      return GATHER_MS[type];
    }
    // Those that were told are no failure any more.
    if (entries.length < events) this.#succeed();
    this.#failingSince ??= now;
    this.#waiting = [...entries, ...this.#waiting];
    this.#limit();
    if (this.#isClosed) {
      this.#report({ reason, events: entries.length });
      return 0;
    }
    const retryMs = this.#retryMs;
    this.#retryMs = Math.min(retryMs * 2, RETRY_MS[type][1]);
    this.#report({ reason, events: entries.length, retryMs });
    return retryMs;
  }

  #limit(): void {
    const tooMany = this.#waiting.length - QUEUE_LIMIT;
    if (tooMany <= 0) return;
    this.#waiting.splice(0, tooMany);
    if (this.#dropped === 0) {
      this.#report({ reason: `more than ${QUEUE_LIMIT} events wait, the oldest are given up`, events: tooMany });
    }
    this.#dropped += tooMany;
  }

  #report(trouble: Omit<NotificationTrouble, "destination">): void {
    this.#options.onTrouble({ destination: describeDestination(this.#notification), ...trouble });
  }
}
