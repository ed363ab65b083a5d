import { formatServerId, formatServiceId, type ServiceEvent, type ServiceId } from "../model/mod.ts";

/** An event on its way to a destination. */
export interface Entry {
  /** What happened. */
  readonly event: ServiceEvent;
  /** Whether it was told before, and still lasts. */
  readonly isRepeated: boolean;
}

/** A service as it is told of. */
export interface MessageService {
  /** What it is found by. */
  readonly id: ServiceId;
  /** Its name in the file. */
  readonly name?: string;
}

/** What is told as one: the same of one server, for all the services that it happened to. */
export interface Message extends Entry {
  /** The services, in the order in which it happened to them. */
  readonly services: readonly MessageService[];
  /** The entries that it is made of. */
  readonly entries: readonly Entry[];
}

/** Joins what is the same but for the service: services that share a check lose a server at once. */
export function messagesOf(entries: readonly Entry[]): readonly Message[] {
  const groups: { readonly entries: Entry[]; readonly services: Set<string>; readonly what: string }[] = [];
  const latest = new Map<string, (typeof groups)[number]>();
  for (const entry of entries) {
    const { kind, server, reason, service } = entry.event;
    const serviceName = formatServiceId(service);
    const subject = server === undefined ? serviceName : formatServerId(server);
    const what = JSON.stringify([kind, reason, entry.isRepeated]);
    // What happened to the same server in between must stay in between: down, up, down are three.
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
      ...(name === undefined ? {} : { name }),
    }));
    return [{ ...first, services, entries: group }];
  });
}
