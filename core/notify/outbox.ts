import { type AnyNotification, oneLine } from "../model/mod.ts";
import { describeDestination } from "./destination.ts";
import { type Entry, messagesOf } from "./message.ts";
import type { Delivery, Sender, SenderContext } from "./delivery.ts";

/** A problem of sending, for the log. */
export interface NotificationTrouble {
  /** The destination as text, without secrets: "mail to ops@example.org by localhost:25". */
  readonly destination: string;
  /** The reason, without a period. */
  readonly reason: string;
  /** Number of affected events. */
  readonly events: number;
  /** Time until they are sent again; milliseconds. Undefined if they are not. */
  readonly retryMs?: number | undefined;
}

/**
 * Time in which events are gathered, to be sent together; milliseconds. A command may remove a route and must not wait.
 * A failed switch must not cause two hundred mails, and probes detect it within a few of their intervals.
 */
const GATHER_MS: Readonly<Record<AnyNotification["type"], number>> = {
  exec: 50,
  syslog: 50,
  webhook: 1000,
  mail: 5000,
};

/** Delay of the first retry after a failure, and the longest delay: it doubles with each failure; milliseconds. */
const RETRY_MS: Readonly<Record<AnyNotification["type"], readonly [first: number, longest: number]>> = {
  exec: [1000, 30_000],
  syslog: [1000, 30_000],
  webhook: [5000, 300_000],
  mail: [5000, 300_000],
};

/** Events are dropped after failures for this time. */
const GIVE_UP_MS = 3_600_000;

/** Most queued events of one destination; the oldest are dropped. */
export const QUEUE_LIMIT = 2000;

/** The counts of an {@linkcode Outbox} from its start: numbers of events, except `failures`. */
export interface OutboxCounts {
  /** Not sent yet. */
  readonly queued: number;
  /** Sent. */
  readonly sent: number;
  /** Dropped, because the queue was full or sending failed for too long. */
  readonly dropped: number;
  /** Attempts to send that failed. */
  readonly failures: number;
}

/** Options of an {@linkcode Outbox}. */
export interface OutboxOptions {
  /** Sends messages. */
  readonly send: Sender;
  /** Dependencies of the senders. */
  readonly context: SenderContext;
  /** Receives every problem of sending. */
  readonly onTrouble: (trouble: NotificationTrouble) => void;
  /** Called when events were sent or dropped. */
  readonly onChange: () => void;
}

/** The queue of one destination: it sends events in order, gathered, one dispatch at a time, and again after failures. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #abort = new AbortController();
  #notification: AnyNotification;
  #waiting: Entry[] = [];
  #inFlight: readonly Entry[] = [];
  #dropped = 0;
  #sent = 0;
  #lost = 0;
  #failures = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #retryMs: number;
  #failingSince: number | undefined;
  #isClosed = false;

  /** Creates an empty outbox. */
  constructor(notification: AnyNotification, options: OutboxOptions) {
    this.#notification = notification;
    this.#options = options;
    this.#retryMs = RETRY_MS[notification.type][0];
  }

  /** Sets another notification to the same destination, whose headers and deadline are used after this. */
  set notification(notification: AnyNotification) {
    this.#notification = notification;
  }

  /** The events that are not sent yet. */
  get pending(): readonly Entry[] {
    return [...this.#inFlight, ...this.#waiting];
  }

  /** Its counts. */
  get counts(): OutboxCounts {
    const queued = this.#inFlight.length + this.#waiting.length;
    return { queued, sent: this.#sent, dropped: this.#lost, failures: this.#failures };
  }

  /** Queues an event. */
  add(entry: Entry): void {
    this.#waiting.push(entry);
    this.#limit();
    this.#schedule(GATHER_MS[this.#notification.type]);
  }

  /**
   * Sends the queued events at once, and none after them.
   *
   * @param signal Ends the sending; events that are not sent by then stay in {@linkcode Outbox.pending}.
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

  /** Starts the timer of the next dispatch; a running timer covers later events too. */
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

  /** Sends the queued events; resolves to the delay of the next dispatch. */
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
      // A bug in a sender must not stop the checks.
      delivery = { ok: false, left: [], reason: `internal error: ${error instanceof Error ? error.message : error}` };
    }
    const events = this.#inFlight.length;
    this.#inFlight = [];
    if (delivery.ok) {
      this.#dropped -= dropped;
      this.#sent += events;
      this.#succeed();
      if (delivery.trouble !== undefined) this.#report({ reason: delivery.trouble, events });
    }
    const delayMs = delivery.ok ? GATHER_MS[notification.type] : this.#fail(delivery, events);
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
    this.#failures++;
    if (entries.length === 0 || (this.#failingSince !== undefined && now - this.#failingSince >= GIVE_UP_MS)) {
      this.#succeed();
      this.#lost += events;
      this.#report({ reason, events });
      return GATHER_MS[type];
    }
    this.#sent += events - entries.length;
    // Part of the events was sent, so the destination works.
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
      this.#report({ reason: `more than ${QUEUE_LIMIT} events are queued; the oldest are dropped`, events: tooMany });
    }
    this.#dropped += tooMany;
    this.#lost += tooMany;
  }

  #report(trouble: Omit<NotificationTrouble, "destination">): void {
    const { onTrouble } = this.#options;
    // A receiver may have written a part of the reason.
    const reason = oneLine(trouble.reason);
    onTrouble({ destination: describeDestination(this.#notification), ...trouble, reason });
  }
}
