import {
  formatServerId,
  formatServiceId,
  type ServiceEvent,
  type ServiceId,
  type VrrpStateEvent,
} from "../model/mod.ts";

/** An event of a service or a server, or of an instance of VRRP or a group of instances. */
export type NotifiedEvent = ServiceEvent | VrrpStateEvent;

/** Whether an event is of an instance or a group. */
export function isStateEvent(event: NotifiedEvent): event is VrrpStateEvent {
  return "subject" in event;
}

/** An event in the queue of a destination. */
export interface Entry {
  /** The event. */
  readonly event: NotifiedEvent;
  /** Whether it was sent before, and still lasts. */
  readonly isRepeated: boolean;
}

/** A service in a message. */
export interface MessageService {
  /** The service's identity. */
  readonly id: ServiceId;
  /** Its name in the file. */
  readonly name?: string | undefined;
}

/** One event of one server, with all services that it affects, or one of an instance or a group, which affects none. */
export interface Message extends Entry {
  /** The services, in the order of their events. */
  readonly services: readonly MessageService[];
  /** The entries that the message joins. */
  readonly entries: readonly Entry[];
}

/** Entries that become one message. */
interface Group {
  readonly entries: Entry[];
  readonly services: Set<string>;
  readonly what: string;
}

/** Joins entries that differ only in their service, because services that share a check lose a server at once. */
export function messagesOf(entries: readonly Entry[]): readonly Message[] {
  const groups: Group[] = [];
  const latest = new Map<string, Group>();
  for (const entry of entries) {
    const { event } = entry;
    if (isStateEvent(event)) {
      groups.push({ entries: [entry], services: new Set(), what: "" });
      continue;
    }
    const { kind, server, reason, service } = event;
    const serviceName = formatServiceId(service);
    const subject = server === undefined ? serviceName : formatServerId(server);
    const what = JSON.stringify([kind, reason, entry.isRepeated]);
    // The order of one server's events is kept: down, up, down are three messages.
    let group = latest.get(subject);
    if (group === undefined || group.what !== what || group.services.has(serviceName)) {
      group = { entries: [], services: new Set(), what };
      groups.push(group);
      latest.set(subject, group);
    }
    group.entries.push(entry);
    group.services.add(serviceName);
  }
  return groups.flatMap(({ entries: group }) => {
    const [first] = group;
    if (first === undefined) return [];
    const services = group.flatMap(({ event }) => isStateEvent(event) ? [] : [{ id: event.service, name: event.name }]);
    return [{ ...first, services, entries: group }];
  });
}
