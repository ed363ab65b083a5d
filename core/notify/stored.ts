import { fieldsOf, isMoment, itemsOf } from "../json/mod.ts";
import {
  formatServerId,
  formatServiceId,
  NOTIFICATION_EVENTS,
  parseEndpoint,
  parseServiceId,
  type ServiceEvent,
} from "../model/mod.ts";
import type { LastingEvent } from "./lasting_events.ts";
import type { Entry } from "./message.ts";

/** A {@linkcode ServiceEvent} as it is stored. */
export interface StoredEvent {
  /** What happened. */
  readonly kind: string;
  /** The service, as `formatServiceId` writes it. */
  readonly service: string;
  /** Its name. */
  readonly name?: string;
  /** The server, as `formatServerId` writes it. */
  readonly server?: string;
  /** Why. */
  readonly reason: string;
  /** The server's weight. */
  readonly weight?: number;
  /** When; milliseconds since 1970. */
  readonly at: number;
}

/** What a notifier has to remember over a restart: a plain JSON value. */
export interface StoredNotifications {
  /** Version of the format. */
  readonly version: 1;
  /** What is wrong, and when it was told last to which destination. */
  readonly facts: readonly { readonly event: StoredEvent; readonly told: Readonly<Record<string, number>> }[];
  /** What is still to be told, by destination. */
  readonly pending: Readonly<
    Record<string, readonly { readonly event: StoredEvent; readonly repeated: boolean }[]>
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
  return {
    kind,
    service: formatServiceId(service),
    ...(name === undefined ? {} : { name }),
    ...(server === undefined ? {} : { server: formatServerId(server) }),
    reason,
    ...(weight === undefined ? {} : { weight }),
    at,
  };
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
  return {
    kind: known,
    service: id,
    ...(typeof name === "string" ? { name } : {}),
    ...(serverId === undefined ? {} : { server: serverId }),
    reason,
    ...(Number.isSafeInteger(weight) ? { weight: Number(weight) } : {}),
    at,
  };
}

/** What a notifier remembers, as it is stored. */
export function writeStored(
  lastingEvents: readonly LastingEvent[],
  pending: ReadonlyMap<string, readonly Entry[]>,
): StoredNotifications {
  return {
    version: 1,
    facts: lastingEvents.map(({ event, told }) => ({
      event: writeEvent(event),
      told: Object.fromEntries(told),
    })),
    pending: Object.fromEntries(
      [...pending].map(([key, entries]) => [
        key,
        entries.map(({ event, isRepeated }) => ({ event: writeEvent(event), repeated: isRepeated })),
      ]),
    ),
  };
}

/** Reads what {@linkcode writeStored} gave. Whatever in it cannot be read is as if it had never been there. */
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
      return [{ event, told: new Map(moments) }];
    }),
    pending: new Map(
      Object.entries(fieldsOf(pending)).map(([key, entries]) => [
        key,
        itemsOf(entries).flatMap((item) => {
          const { event: stored, repeated } = fieldsOf(item);
          const event = readEvent(stored);
          return event === undefined ? [] : [{ event, isRepeated: repeated === true }];
        }),
      ]),
    ),
  };
}
