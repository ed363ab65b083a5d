import {
  careOf,
  type DesiredService,
  formatServerId,
  formatServiceId,
  type Notification,
  type ServiceEvent,
} from "../model/mod.ts";
import { destinationKey } from "./destination.ts";
import { endOf, LastingEvents } from "./lasting_events.ts";
import { type NotificationTrouble, Outbox } from "./outbox.ts";
import { send } from "./sender.ts";
import { readStored, type StoredNotifications, writeStored } from "./stored.ts";
import type { Entry } from "./message.ts";
import type { Sender, SenderContext } from "./delivery.ts";

/** How often it is asked whether what an earlier life told of still lasts; milliseconds. */
const ASK_MS = 10_000;

/** What a {@linkcode Notifier} is made of. */
export interface NotifierOptions {
  /** The world around. */
  readonly context: SenderContext;
  /** Gets everything that goes wrong with message; it is never told itself. */
  readonly onTrouble: (trouble: NotificationTrouble) => void;
  /** What {@linkcode Notifier.toJSON} gave in an earlier life, after a trip through a file. */
  readonly stored?: unknown;
  /**
   * Is called when what is to be remembered has changed: the sooner that is stored, the less is told twice after a crash.
   *
   * @default nothing is done
   */
  readonly onChange?: () => void;
  /**
   * Whether a bad state that was told of in an earlier life still lasts; `undefined` as long as nobody knows. It is asked
   * until it knows, for what ended in between had nobody to tell of it.
   *
   * @default nobody ever knows
   */
  readonly lasts?: (event: ServiceEvent) => boolean | undefined;
  /**
   * Tells.
   *
   * @default {send}
   */
  readonly send?: Sender;
}

/**
 * Tells people and programs what happens to services.
 *
 * A state is told once, and its end only if the state was known; what several services report of the same server is one
 * message, and what comes within a short time too. Nothing that this does is ever waited for: what cannot be told
 * stays in a queue of limited length, is tried again for an hour, and is remembered over a restart.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #lastingEvents = new LastingEvents();
  readonly #outboxes = new Map<string, Outbox>();
  /** What was still to be told in an earlier life, until the file says whether the destination is still there. */
  #restored: ReadonlyMap<string, readonly Entry[]>;
  #services: ReadonlyMap<string, DesiredService> = new Map();
  #repeat: { readonly at: number; readonly timer: Disposable } | undefined;
  /** What was told of in an earlier life, and may be over. */
  readonly #doubtful: Set<ServiceEvent>;
  #asking: Disposable | undefined;
  #isClosed = false;

  /** Makes a notifier that knows nobody to tell until {@linkcode Notifier.load}. */
  constructor(options: NotifierOptions) {
    this.#options = options;
    const { lastingEvents, pending } = readStored(options.stored);
    this.#lastingEvents.restore(lastingEvents);
    this.#restored = pending;
    this.#doubtful = new Set(lastingEvents.map(({ event }) => event).filter(({ kind }) => endOf(kind) !== undefined));
    if (options.lasts !== undefined) this.#askLater();
  }

  /** Takes the services of a file, the first one or another: what is known of others is forgotten. */
  load(services: readonly DesiredService[]): void {
    this.#services = new Map(services.map((service) => [formatServiceId(service.service.id), service]));
    this.#lastingEvents.retain((event) => this.#knows(event));
    for (const [key, notification] of destinationsOf(services)) {
      const outbox = this.#outboxes.get(key);
      if (outbox !== undefined) outbox.notification = notification;
      for (const entry of this.#restored.get(key) ?? []) this.#outbox(key, notification).add(entry);
    }
    this.#restored = new Map();
    this.#repeatIn(0);
  }

  /** Takes an event, and returns at once: whether, when and to whom it is told is decided here. */
  tell(event: ServiceEvent): void {
    if (this.#isClosed) return;
    for (const notification of this.#lastingEvents.take(event, this.#notificationsOf(event))) {
      this.#outbox(destinationKey(notification), notification).add({ event, isRepeated: false });
      if (notification.repeatMs !== undefined) this.#repeatIn(notification.repeatMs);
    }
  }

  /** What is to be remembered over a restart; `JSON.stringify` calls this. */
  toJSON(): StoredNotifications {
    const pending = [...this.#outboxes].map(([key, outbox]) => [key, outbox.pending] as const);
    return writeStored(
      this.#lastingEvents.all,
      new Map([...this.#restored, ...pending].filter(([, entries]) => entries.length > 0)),
    );
  }

  /**
   * Tells what is still to be told, and takes nothing any more.
   *
   * @param options.graceMs How long that may take; what has not been told by then is in {@linkcode Notifier.toJSON}.
   */
  async close(options: { readonly graceMs: number }): Promise<void> {
    this.#isClosed = true;
    this.#repeat?.timer[Symbol.dispose]();
    this.#asking?.[Symbol.dispose]();
    const over = new AbortController();
    using _timer = this.#options.context.clock.setTimer(() => over.abort(), options.graceMs);
    await Promise.all([...this.#outboxes.values()].map((outbox) => outbox.close(over.signal)));
  }

  /** Whom to tell of an event: a server's own, where it is about one. */
  #notificationsOf(event: ServiceEvent): readonly Notification[] {
    const service = this.#services.get(formatServiceId(event.service));
    if (service === undefined) return [];
    const { server } = event;
    return (isOfServer(event) && server !== undefined ? careOf(service, server) : service).notify ?? [];
  }

  #knows(event: ServiceEvent): boolean {
    const service = this.#services.get(formatServiceId(event.service));
    const { server } = event;
    if (service === undefined || server === undefined || !isOfServer(event)) return service !== undefined;
    const name = formatServerId(server);
    return service.servers.some((each) => formatServerId(each) === name);
  }

  #outbox(key: string, notification: Notification): Outbox {
    const known = this.#outboxes.get(key);
    if (known !== undefined) return known;
    const { context, onTrouble, onChange = () => {}, send: ownSend = send } = this.#options;
    const outbox = new Outbox(notification, { send: ownSend, context, onTrouble, onChange });
    this.#outboxes.set(key, outbox);
    return outbox;
  }

  #repeatIn(delayMs: number): void {
    if (this.#isClosed) return;
    const { clock } = this.#options.context;
    const at = clock.now() + delayMs;
    if (this.#repeat !== undefined && this.#repeat.at <= at) return;
    this.#repeat?.timer[Symbol.dispose]();
    this.#repeat = { at, timer: clock.setTimer(() => this.#repeatNow(), delayMs) };
  }

  #askLater(): void {
    if (this.#doubtful.size === 0 || this.#isClosed) return;
    this.#asking = this.#options.context.clock.setTimer(() => {
      this.#ask();
      this.#askLater();
    }, ASK_MS);
  }

  /** Tells the end of what is over by now. */
  #ask(): void {
    for (const event of this.#doubtful) {
      const lasts = this.#knows(event) ? this.#options.lasts?.(event) : true;
      if (lasts === undefined) continue;
      this.#doubtful.delete(event);
      const end = lasts ? undefined : endOf(event.kind);
      const { weight: _, ...rest } = event;
      const at = this.#options.context.timeOfDay();
      if (end !== undefined) this.tell({ ...rest, kind: end, reason: "found so after lvsctl was started again", at });
    }
  }

  #repeatNow(): void {
    // What is over is not told of as if it lasted.
    this.#ask();
    this.#repeat = undefined;
    const now = this.#options.context.timeOfDay();
    const { due, nextMs } = this.#lastingEvents.repeat((event) => this.#notificationsOf(event), now);
    for (const { event, notification } of due) {
      this.#outbox(destinationKey(notification), notification).add({ event, isRepeated: true });
    }
    if (nextMs !== undefined) this.#repeatIn(nextMs);
  }
}

/** Whether an event is about a server of a service: the fallback server is none. */
function isOfServer({ kind }: ServiceEvent): boolean {
  return kind === "server_up" || kind === "server_down" || kind === "warning";
}

/** Every destination that a file names, with one of the notifications that lead to it. */
function destinationsOf(services: readonly DesiredService[]): ReadonlyMap<string, Notification> {
  // Most of them share one list.
  const lists = new Set(
    services.flatMap((service) => [service, ...service.care?.values() ?? []])
      .flatMap(({ notify }) => notify === undefined ? [] : [notify]),
  );
  return new Map([...lists].flat().map((notification) => [destinationKey(notification), notification]));
}
