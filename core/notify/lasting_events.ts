import {
  formatServerId,
  formatServiceId,
  type Notification,
  NOTIFICATION_EVENTS,
  type NotificationEvent,
  type ServiceEvent,
} from "../model/mod.ts";
import { destinationKey } from "./destination.ts";

/** What ends which bad state. */
const ENDS: Readonly<Partial<Record<NotificationEvent, NotificationEvent>>> = {
  "server_up": "server_down",
  "quorum_up": "quorum_down",
  "fallback_off": "fallback_on",
};

/** Warnings have no end: one that comes again is told again after this, where its notification says nothing else. */
const WARNING_AGAIN_MS = 86_400_000;

/** A bad state that lasts, or a warning. */
export interface LastingEvent {
  /** What began it. */
  readonly event: ServiceEvent;
  /** When it was told last, by the key of the destination; milliseconds since 1970. */
  readonly told: Map<string, number>;
}

/** What ends a bad state; `undefined` for what has no end, or is none. */
export function endOf(kind: NotificationEvent): NotificationEvent | undefined {
  return NOTIFICATION_EVENTS.find((end) => ENDS[end] === kind);
}

/** Whom to tell of an event. */
export type NotificationsOf = (event: ServiceEvent) => readonly Notification[];

/** What a fact is found by: the same for a state and its end. */
function factKey({ kind, service, server, reason }: ServiceEvent): string {
  const topic = ENDS[kind] ?? kind;
  // A service has one fallback server at a time, whichever; and one quorum.
  const isOfServer = topic === "server_down" || topic === "warning";
  const parts = [topic, formatServiceId(service), isOfServer && server !== undefined ? formatServerId(server) : ""];
  // "expires in 13d" and "expires in 12d" are the same warning.
  return [...parts, ...(topic === "warning" ? [reason.replace(/\d+/g, "#")] : [])].join(" ");
}

/**
 * What is wrong at present as far as it was told of. It decides (and does nothing else): a state is told once, its end
 * only if it was known, and what lasts again at the distance that a notification asks for.
 */
export class LastingEvents {
  readonly #lastingEvents = new Map<string, LastingEvent>();

  /**
   * Takes an event in.
   *
   * @param event What happened.
   * @param notifications Those that could tell of it.
   * @returns Those that have to, each destination once.
   */
  take(event: ServiceEvent, notifications: readonly Notification[]): readonly Notification[] {
    const key = factKey(event);
    const known = this.#lastingEvents.get(key);
    if (event.kind in ENDS) {
      this.#lastingEvents.delete(key);
      return known === undefined ? [] : wanting(event.kind, notifications).map(([, notification]) => notification);
    }
    if (known !== undefined && event.kind !== "warning") return [];
    const fact = known ?? { event, told: new Map<string, number>() };
    this.#lastingEvents.set(key, fact);
    const chosen = wanting(event.kind, notifications)
      .filter(([destination, { repeatMs = WARNING_AGAIN_MS }]) => {
        const told = fact.told.get(destination);
        return told === undefined || event.at - told >= repeatMs;
      });
    for (const [destination] of chosen) fact.told.set(destination, event.at);
    return chosen.map(([, notification]) => notification);
  }

  /**
   * What has to be told again by now.
   *
   * @param notificationsOf Whom to tell.
   * @param now The time of day; milliseconds since 1970.
   * @returns The messages, and how long it takes until there is the next; `undefined` if there will be none.
   */
  repeat(
    notificationsOf: NotificationsOf,
    now: number,
  ): {
    readonly due: readonly { readonly event: ServiceEvent; readonly notification: Notification }[];
    readonly nextMs: number | undefined;
  } {
    const due: { readonly event: ServiceEvent; readonly notification: Notification }[] = [];
    let nextMs: number | undefined;
    for (const { event, told } of this.#lastingEvents.values()) {
      // Nobody knows whether what was warned of is still so, unless it comes again.
      if (event.kind === "warning") continue;
      for (const [destination, notification] of wanting(event.kind, notificationsOf(event))) {
        const { repeatMs } = notification;
        if (repeatMs === undefined) continue;
        // Not later than by one distance, should the clock have been put back.
        const last = Math.min(told.get(destination) ?? event.at, now);
        const leftMs = last + repeatMs - now;
        if (leftMs <= 0) {
          told.set(destination, now);
          due.push({ event, notification });
        }
        nextMs = Math.min(nextMs ?? Infinity, leftMs <= 0 ? repeatMs : leftMs);
      }
    }
    return { due, nextMs };
  }

  /** Forgets the lastingEvents that are about what a predicate does not know any more. */
  retain(isKnown: (event: ServiceEvent) => boolean): void {
    for (const [key, { event }] of this.#lastingEvents) if (!isKnown(event)) this.#lastingEvents.delete(key);
  }

  /** All of them, in the order in which they came. */
  get all(): readonly LastingEvent[] {
    return [...this.#lastingEvents.values()];
  }

  /** Takes in what was stored. */
  restore(lastingEvents: readonly LastingEvent[]): void {
    for (const fact of lastingEvents) this.#lastingEvents.set(factKey(fact.event), fact);
  }
}

/** The notifications that want an event, by destination: of several with the same one, that which repeats soonest. */
function wanting(
  kind: NotificationEvent,
  notifications: readonly Notification[],
): readonly (readonly [destination: string, notification: Notification])[] {
  const wanted = new Map<string, Notification>();
  for (const notification of notifications) {
    if (!notification.on.includes(kind)) continue;
    const key = destinationKey(notification);
    const other = wanted.get(key);
    if (other === undefined || (notification.repeatMs ?? Infinity) < (other.repeatMs ?? Infinity)) {
      wanted.set(key, notification);
    }
  }
  return [...wanted];
}
