import { fieldsOf, isMoment, isNumber, itemsOf, textOf } from "../json/mod.ts";
import {
  defined,
  formatServerId,
  formatServiceId,
  NOTIFICATION_EVENTS,
  parseEndpoint,
  parseServiceId,
  type ServiceEvent,
  VRRP_EVENTS,
  type VrrpStateEvent,
} from "../model/mod.ts";
import type { LastingEvent } from "./lasting_events.ts";
import { type Entry, isStateEvent, type NotifiedEvent } from "./message.ts";

/** A {@linkcode ServiceEvent} as it is stored. */
export interface StoredEvent {
  /** Kind of event. */
  readonly kind: string;
  /** The service, as `formatServiceId` writes it. */
  readonly service: string;
  /** Name of the service. */
  readonly name?: string;
  /** The server, as `formatServerId` writes it. */
  readonly server?: string;
  /** Reason. */
  readonly reason: string;
  /** The server's weight. */
  readonly weight?: number;
  /** Time; milliseconds since 1970. */
  readonly at: number;
}

/** The state of a notifier that outlives a restart: a plain JSON value. */
export interface StoredNotifications {
  /** Version of the format. */
  readonly version: 1;
  /** The lasting events, and when each was last sent, by destination. */
  readonly facts: readonly { readonly event: StoredEvent; readonly told: Readonly<Record<string, number>> }[];
  /** The queued events, by destination. */
  readonly pending: Readonly<
    Record<string, readonly { readonly event: StoredEvent | VrrpStateEvent; readonly repeated: boolean }[]>
  >;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function writeEvent({ kind, service, name, server, reason, weight, at }: ServiceEvent): StoredEvent {
  return defined({
    kind,
    service: formatServiceId(service),
    name,
    server: server && formatServerId(server),
    reason,
    weight,
    at,
  });
}

function readEvent(value: unknown): ServiceEvent | undefined {
  const { kind, service, name, server, reason, weight, at } = fieldsOf(value);
  const known = NOTIFICATION_EVENTS.find((each) => each === kind);
  if (known === undefined || typeof service !== "string" || typeof reason !== "string" || !isMoment(at)) {
    return undefined;
  }
  const id = attempt(() => parseServiceId(service));
  const serverId = typeof server === "string" ? attempt(() => parseEndpoint(server)) : undefined;
  if (id === undefined || (server !== undefined && serverId === undefined)) return undefined;
  return defined({
    kind: known,
    service: id,
    name: typeof name === "string" ? name : undefined,
    server: serverId,
    reason,
    weight: Number.isSafeInteger(weight) ? Number(weight) : undefined,
    at,
  });
}

/** A state event is stored as it is. */
function readStateEvent(value: unknown): VrrpStateEvent | undefined {
  const { kind, subject, name, reason, priority, device, vrid, at } = fieldsOf(value);
  const known = VRRP_EVENTS.find((each) => each === kind);
  if (known === undefined || (subject !== "instance" && subject !== "group") || !isMoment(at)) return undefined;
  if (!isNumber(priority) || !isNumber(vrid)) return undefined;
  const [nameText, reasonText, deviceText] = [name, reason, device].map(textOf);
  if (nameText === undefined || reasonText === undefined || deviceText === undefined) return undefined;
  return { kind: known, subject, name: nameText, reason: reasonText, priority, device: deviceText, vrid, at };
}

function readNotified(value: unknown): NotifiedEvent | undefined {
  return fieldsOf(value)["subject"] === undefined ? readEvent(value) : readStateEvent(value);
}

/** Writes the state of a notifier. */
export function writeStored(
  lastingEvents: readonly LastingEvent[],
  pending: ReadonlyMap<string, readonly Entry[]>,
): StoredNotifications {
  return {
    version: 1,
    facts: lastingEvents.map(({ event, sentAt }) => ({
      event: writeEvent(event),
      told: Object.fromEntries(sentAt),
    })),
    pending: Object.fromEntries(
      [...pending].map(([key, entries]) => [
        key,
        entries.map(({ event, isRepeated }) => ({
          event: isStateEvent(event) ? event : writeEvent(event),
          repeated: isRepeated,
        })),
      ]),
    ),
  };
}

/** Reads the result of {@linkcode writeStored}; skips every part that is not valid. */
export function readStored(
  value: unknown,
): { readonly lastingEvents: readonly LastingEvent[]; readonly pending: ReadonlyMap<string, readonly Entry[]> } {
  const { version, facts, pending } = fieldsOf(value);
  if (version !== 1) return { lastingEvents: [], pending: new Map() };
  return {
    lastingEvents: itemsOf(facts).flatMap((item) => {
      const { event: stored, told } = fieldsOf(item);
      const event = readEvent(stored);
      if (event === undefined) return [];
      const moments = Object.entries(fieldsOf(told)).flatMap(([key, at]) => isMoment(at) ? [[key, at] as const] : []);
      return [{ event, sentAt: new Map(moments) }];
    }),
    pending: new Map(
      Object.entries(fieldsOf(pending)).map(([key, entries]) => [
        key,
        itemsOf(entries).flatMap((item) => {
          const { event: stored, repeated } = fieldsOf(item);
          const event = readNotified(stored);
          return event === undefined ? [] : [{ event, isRepeated: repeated === true }];
        }),
      ]),
    ),
  };
}
