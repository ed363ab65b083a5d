import {
  formatServerId,
  formatServiceId,
  type Notification,
  NOTIFICATION_EVENTS,
  type NotificationEvent,
  type ServiceEvent,
} from "../model/mod.ts";
import { destinationKey } from "./destination.ts";

/** The event that begins a bad state, by the event that ends it. */
const ENDS: Readonly<Partial<Record<NotificationEvent, NotificationEvent>>> = {
  "server_up": "server_down",
  "quorum_up": "quorum_down",
  "fallback_off": "fallback_on",
};

/** Default interval after which a repeated warning is sent again, because warnings have no end. */
const WARNING_REPEAT_MS = 86_400_000;

/** A bad state that lasts, or a warning. */
export interface LastingEvent {
  /** The event that began it. */
  readonly event: ServiceEvent;
  /** When it was last sent, by the key of the destination; milliseconds since 1970. */
  readonly sentAt: Map<string, number>;
}

/** The event that ends a bad state; `undefined` for events that do not begin one. */
export function endOf(kind: NotificationEvent): NotificationEvent | undefined {
  return NOTIFICATION_EVENTS.find((end) => ENDS[end] === kind);
}

/** Finds the notifications for an event. */
export type NotificationsOf = (event: ServiceEvent) => readonly Notification[];

/** The key of a lasting event: the same for the beginning and the end of a state. */
function eventKey({ kind, service, server, reason }: ServiceEvent): string {
  const topic = ENDS[kind] ?? kind;
  // A service has one quorum, and uses one fallback server at a time, whatever its address.
  const isOfServer = topic === "server_down" || topic === "warning";
  const parts = [topic, formatServiceId(service), isOfServer && server !== undefined ? formatServerId(server) : ""];
  // "expires in 13d" and "expires in 12d" are the same warning.
  return [...parts, ...(topic === "warning" ? [reason.replace(/\d+/g, "#")] : [])].join(" ");
}

/**
 * The bad states that last, and when they were sent. It decides what to send: the beginning of a state once, its end only
 * if its beginning is known, and lasting states again after the interval of their notification.
 */
export class LastingEvents {
  readonly #lastingEvents = new Map<string, LastingEvent>();

  /**
   * Records an event.
   *
   * @param event The event.
   * @param notifications The notifications of its service or server.
   * @returns The notifications to send, one for each destination.
   */
  record(event: ServiceEvent, notifications: readonly Notification[]): readonly Notification[] {
    const key = eventKey(event);
    const known = this.#lastingEvents.get(key);
    if (event.kind in ENDS) {
      this.#lastingEvents.delete(key);
      return known === undefined ? [] : subscribed(event.kind, notifications).map(([, notification]) => notification);
    }
    if (known !== undefined && event.kind !== "warning") return [];
    const lasting = known ?? { event, sentAt: new Map<string, number>() };
    this.#lastingEvents.set(key, lasting);
    const chosen = subscribed(event.kind, notifications)
      .filter(([destination, { repeatMs = WARNING_REPEAT_MS }]) => {
        const sentAt = lasting.sentAt.get(destination);
        return sentAt === undefined || event.at - sentAt >= repeatMs;
      });
    for (const [destination] of chosen) lasting.sentAt.set(destination, event.at);
    return chosen.map(([, notification]) => notification);
  }

  /**
   * Finds the events to send again by now.
   *
   * @param notificationsOf Finds the notifications for an event.
   * @param now Time of day; milliseconds since 1970.
   * @returns The events, and the time until the next one is due; `undefined` if there is none.
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
    for (const { event, sentAt } of this.#lastingEvents.values()) {
      // Only a repeated warning shows that its cause still exists.
      if (event.kind === "warning") continue;
      for (const [destination, notification] of subscribed(event.kind, notificationsOf(event))) {
        const { repeatMs } = notification;
        if (repeatMs === undefined) continue;
        // If the clock was set back, the next one is due after at most one interval.
        const last = Math.min(sentAt.get(destination) ?? event.at, now);
        const leftMs = last + repeatMs - now;
        if (leftMs <= 0) {
          sentAt.set(destination, now);
          due.push({ event, notification });
        }
        nextMs = Math.min(nextMs ?? Infinity, leftMs <= 0 ? repeatMs : leftMs);
      }
    }
    return { due, nextMs };
  }

  /** Deletes the events for which the predicate is false. */
  retain(isKnown: (event: ServiceEvent) => boolean): void {
    for (const [key, { event }] of this.#lastingEvents) if (!isKnown(event)) this.#lastingEvents.delete(key);
  }

  /** All lasting events, in the order in which they began. */
  get all(): readonly LastingEvent[] {
    return [...this.#lastingEvents.values()];
  }

  /** Adds stored events. */
  restore(lastingEvents: readonly LastingEvent[]): void {
    for (const lasting of lastingEvents) this.#lastingEvents.set(eventKey(lasting.event), lasting);
  }
}

/** The notifications for a kind of event, by destination; of several with the same one, the one that repeats soonest. */
function subscribed(
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
