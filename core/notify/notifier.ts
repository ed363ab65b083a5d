import {
  type AnyNotification,
  careOf,
  type DesiredService,
  type DesiredState,
  formatServerId,
  formatServiceId,
  type Notification,
  type ServiceEvent,
  type VrrpNotification,
  type VrrpStateEvent,
} from "../model/mod.ts";
import { destinationKey } from "./destination.ts";
import { endOf, LastingEvents } from "./lasting_events.ts";
import { type NotificationTrouble, Outbox, type OutboxCounts } from "./outbox.ts";
import { send } from "./sender.ts";
import { StateCommands } from "./state_commands.ts";
import { readStored, type StoredNotifications, writeStored } from "./stored.ts";
import type { Entry } from "./message.ts";
import type { Sender, SenderContext } from "./delivery.ts";

/** Interval of asking whether states from before the restart still last; milliseconds. */
const CONFIRM_MS = 10_000;

/** The counts of a destination. */
export interface DestinationCounts extends OutboxCounts {
  /** Its type and number in the file, because an address or URL may be a secret. */
  readonly destination: string;
}

const NO_COUNTS: OutboxCounts = { queued: 0, sent: 0, dropped: 0, failures: 0 };

/** Options of a {@linkcode Notifier}. */
export interface NotifierOptions {
  /** Dependencies of the senders. */
  readonly context: SenderContext;
  /** Receives every problem of sending, for the log; there is no notification about it. */
  readonly onTrouble: (trouble: NotificationTrouble) => void;
  /** The state before the restart: the result of {@linkcode Notifier.toJSON}, read from a file. */
  readonly stored?: unknown;
  /**
   * Called when the state to store has changed: the sooner it is stored, the fewer events are sent twice after a crash.
   *
   * @default no call
   */
  readonly onChange?: (() => void) | undefined;
  /**
   * Whether a bad state from before the restart still lasts; `undefined` while that is unknown. The notifier asks until
   * it is known, because a state that ended in between had no event.
   *
   * @default it stays unknown
   */
  readonly lasts?: ((event: ServiceEvent) => boolean | undefined) | undefined;
  /**
   * Sends messages.
   *
   * @default {send}
   */
  readonly send?: Sender | undefined;
}

/**
 * Notifies users and programs of events of services and virtual routers.
 *
 * A bad state is sent once, and its end only if its beginning is known. Events of one server in several services become
 * one message, and events within a short time are sent together. No method waits for the sending: events that could not
 * be sent stay in a queue of limited length, are sent again for an hour, and outlive a restart. Commands of virtual
 * routers have queues of their own: see {@linkcode StateCommands}.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #lastingEvents = new LastingEvents();
  readonly #outboxes = new Map<string, Outbox>();
  readonly #commands: StateCommands;
  /** Queued events from before the restart, until the file is known and with it the destinations. */
  #restored: ReadonlyMap<string, readonly Entry[]>;
  #services: ReadonlyMap<string, DesiredService> = new Map();
  /** The destinations of the file by their keys, each with one of its notifications. */
  #destinations: ReadonlyMap<string, AnyNotification> = new Map();
  /** The notifications of the instances and groups of VRRP, by subject and name. */
  #ofRouters: ReadonlyMap<string, readonly VrrpNotification[]> = new Map();
  #repeat: { readonly at: number; readonly timer: Disposable } | undefined;
  /** Bad states from before the restart that may have ended. */
  readonly #unconfirmed: Set<ServiceEvent>;
  #confirmTimer: Disposable | undefined;
  #isClosed = false;

  /** Creates a notifier, which has no destinations before {@linkcode Notifier.load}. */
  constructor(options: NotifierOptions) {
    this.#options = options;
    const { send: ownSend = send, context, onTrouble } = options;
    this.#commands = new StateCommands({ send: ownSend, context, onTrouble });
    const { lastingEvents, pending } = readStored(options.stored);
    this.#lastingEvents.restore(lastingEvents);
    this.#restored = pending;
    this.#unconfirmed = new Set(
      lastingEvents.map(({ event }) => event).filter(({ kind }) => endOf(kind) !== undefined),
    );
    if (options.lasts !== undefined) this.#confirmLater();
  }

  /** Loads the services and virtual routers of a file, and deletes the state of all others. */
  load({ services, vrrp = [], vrrpGroups = [] }: Pick<DesiredState, "services" | "vrrp" | "vrrpGroups">): void {
    this.#services = new Map(services.map((service) => [formatServiceId(service.service.id), service]));
    this.#lastingEvents.retain((event) => this.#knows(event));
    this.#ofRouters = new Map([
      ...vrrp.map(({ name, notify }) => [`instance ${name}`, notify] as const),
      ...vrrpGroups.map(({ name, notify }) => [`group ${name}`, notify] as const),
    ]);
    this.#destinations = destinationsOf(services, [...this.#ofRouters.values()].flat());
    for (const [key, notification] of this.#destinations) {
      const outbox = this.#outboxes.get(key);
      if (outbox !== undefined) outbox.notification = notification;
      for (const entry of this.#restored.get(key) ?? []) this.#outbox(key, notification).add(entry);
    }
    this.#restored = new Map();
    this.#repeatIn(0);
  }

  /** Queues an event for the destinations that need it, and returns at once. */
  notify(event: ServiceEvent): void {
    if (this.#isClosed) return;
    for (const notification of this.#lastingEvents.record(event, this.#notificationsOf(event))) {
      this.#outbox(destinationKey(notification), notification).add({ event, isRepeated: false });
      if (notification.repeatMs !== undefined) this.#repeatIn(notification.repeatMs);
    }
  }

  /** Queues an event of an instance or a group of VRRP, and returns at once. */
  notifyState(event: VrrpStateEvent): void {
    if (this.#isClosed) return;
    const wanted = (this.#ofRouters.get(`${event.subject} ${event.name}`) ?? []).filter(({ on }) =>
      on.includes(event.kind)
    );
    for (const notification of wanted) if (notification.type === "exec") this.#commands.add(event, notification);
    const queued = new Map(
      wanted.filter(({ type }) => type !== "exec").map((notification) => [destinationKey(notification), notification]),
    );
    for (const [key, notification] of queued) this.#outbox(key, notification).add({ event, isRepeated: false });
  }

  /** The counts of each destination of the file, in its order: "webhook 1" is the first webhook. */
  counts(): readonly DestinationCounts[] {
    const numbers = new Map<AnyNotification["type"], number>();
    return Array.from(this.#destinations, ([key, { type }]) => {
      const number = (numbers.get(type) ?? 0) + 1;
      numbers.set(type, number);
      return { destination: `${type} ${number}`, ...this.#outboxes.get(key)?.counts ?? NO_COUNTS };
    });
  }

  /** The state that outlives a restart; `JSON.stringify` calls this. */
  toJSON(): StoredNotifications {
    const pending = [...this.#outboxes].map(([key, outbox]) => [key, outbox.pending] as const);
    return writeStored(
      this.#lastingEvents.all,
      new Map([...this.#restored, ...pending].filter(([, entries]) => entries.length > 0)),
    );
  }

  /**
   * Waits until no command of virtual routers runs or waits; events are still accepted.
   *
   * @param options.withinMs Longest duration; milliseconds.
   */
  async commandsEnd({ withinMs }: { readonly withinMs: number }): Promise<void> {
    const over = Promise.withResolvers<void>();
    using _timer = this.#options.context.clock.setTimer(() => over.resolve(), withinMs);
    await Promise.race([this.#commands.idle(), over.promise]);
  }

  /**
   * Sends the queued events, and accepts no more.
   *
   * @param options.graceMs Longest duration; the events that are not sent by then are in {@linkcode Notifier.toJSON}.
   * @param options.commandsMs Longest duration for the commands of virtual routers, which no later process runs; as
   *   `graceMs` by default.
   */
  async close(
    { graceMs, commandsMs = graceMs }: { readonly graceMs: number; readonly commandsMs?: number },
  ): Promise<void> {
    this.#isClosed = true;
    this.#repeat?.timer[Symbol.dispose]();
    this.#confirmTimer?.[Symbol.dispose]();
    const { clock } = this.#options.context;
    const [over, commandsOver] = [new AbortController(), new AbortController()];
    using _timer = clock.setTimer(() => over.abort(), graceMs);
    using _commandsTimer = clock.setTimer(() => commandsOver.abort(), commandsMs);
    const outboxes = [...this.#outboxes.values()].map((outbox) => outbox.close(over.signal));
    await Promise.all([...outboxes, this.#commands.close(commandsOver.signal)]);
  }

  /** The notifications for an event: the server's own if the event is about a server. */
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

  #outbox(key: string, notification: AnyNotification): Outbox {
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

  #confirmLater(): void {
    if (this.#unconfirmed.size === 0 || this.#isClosed) return;
    this.#confirmTimer = this.#options.context.clock.setTimer(() => {
      this.#confirm();
      this.#confirmLater();
    }, CONFIRM_MS);
  }

  /** Sends the end of states from before the restart that have ended. */
  #confirm(): void {
    for (const event of this.#unconfirmed) {
      const lasts = this.#knows(event) ? this.#options.lasts?.(event) : true;
      if (lasts === undefined) continue;
      this.#unconfirmed.delete(event);
      const end = lasts ? undefined : endOf(event.kind);
      const { weight: _, ...rest } = event;
      const at = this.#options.context.timeOfDay();
      if (end !== undefined) this.notify({ ...rest, kind: end, reason: "detected after a restart of lvsctl", at });
    }
  }

  #repeatNow(): void {
    // States that have ended must not be sent as lasting.
    this.#confirm();
    this.#repeat = undefined;
    const now = this.#options.context.timeOfDay();
    const { due, nextMs } = this.#lastingEvents.repeat((event) => this.#notificationsOf(event), now);
    for (const { event, notification } of due) {
      this.#outbox(destinationKey(notification), notification).add({ event, isRepeated: true });
    }
    if (nextMs !== undefined) this.#repeatIn(nextMs);
  }
}

/** Whether an event is about a server of a service; the fallback server is not one. */
function isOfServer({ kind }: ServiceEvent): boolean {
  return kind === "server_up" || kind === "server_down" || kind === "warning";
}

/** All destinations in the file with a queue, each with one of its notifications. */
function destinationsOf(
  services: readonly DesiredService[],
  ofRouters: readonly VrrpNotification[],
): ReadonlyMap<string, AnyNotification> {
  // Most services share one list.
  const lists = new Set(
    services.flatMap((service) => [service, ...service.care?.values() ?? []])
      .flatMap(({ notify }) => notify === undefined ? [] : [notify]),
  );
  const queued = ofRouters.filter(({ type }) => type !== "exec");
  return new Map([...[...lists].flat(), ...queued].map((notification) => [destinationKey(notification), notification]));
}
