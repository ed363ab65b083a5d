import { formatServerId, formatServiceId, type ServiceEvent, type ServiceId } from "../model/mod.ts";

/** An event in the queue of a destination. */
export interface Entry {
  /** The event. */
  readonly event: ServiceEvent;
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

/** One event of one server, with all services that it affects. */
export interface Message extends Entry {
  /** The services, in the order of their events. */
  readonly services: readonly MessageService[];
  /** The entries that the message joins. */
  readonly entries: readonly Entry[];
}

/** Joins entries that differ only in their service, because services that share a check lose a server at once. */
export function messagesOf(entries: readonly Entry[]): readonly Message[] {
  const groups: { readonly entries: Entry[]; readonly services: Set<string>; readonly what: string }[] = [];
  const latest = new Map<string, (typeof groups)[number]>();
  for (const entry of entries) {
    const { kind, server, reason, service } = entry.event;
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
    const services = group.map(({ event: { service, name } }) => ({
      id: service,
      name,
    }));
    return [{ ...first, services, entries: group }];
  });
}
