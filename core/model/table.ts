import { compareSortKeys } from "./address.ts";
import { type RealServer, serverSortKey } from "./server.ts";
import { serviceSortKey, type VirtualService } from "./service.ts";
import type { SyncDaemon, Timeouts } from "./kernel_settings.ts";
import type { PresentVip } from "./vip.ts";

/** A virtual service and its real servers. */
export interface ServiceEntry {
  /** Identity and scheduling. */
  readonly service: VirtualService;
  /** Its real servers. */
  readonly servers: readonly RealServer[];
}

/** All of the kernel's state that can be declared, saved and restored. */
export interface KernelState {
  /** Timeouts of connections. */
  readonly timeouts: Timeouts;
  /** Running sync daemons. */
  readonly syncDaemons: readonly SyncDaemon[];
  /** Virtual services with their servers. */
  readonly services: readonly ServiceEntry[];
  /** Addresses of the interfaces; undefined if they were not read. */
  readonly vips?: readonly PresentVip[];
}

/** Amounts of traffic, as bigint because the kernel counts in 64 bits. "In" is from the client. */
export interface Traffic {
  /** Connections scheduled. */
  readonly connections: bigint;
  /** Packets from clients. */
  readonly inPackets: bigint;
  /** Packets to clients; 0 for dr and tun, whose answers bypass the director. */
  readonly outPackets: bigint;
  /** Bytes from clients. */
  readonly inBytes: bigint;
  /** Bytes to clients. */
  readonly outBytes: bigint;
}

/** The kernel's statistics of a service's or a server's traffic. */
export interface Statistics {
  /** Since the counters were last zeroed. */
  readonly counters: Traffic;
  /** Per second: moving averages that the kernel computes every 2 seconds. */
  readonly rates: Traffic;
}

/** A real server and its connections. */
export interface CountedServer extends RealServer {
  /** Connections in an active state (TCP: established). */
  readonly activeConnections: number;
  /** All other connections. */
  readonly inactiveConnections: number;
  /** Persistence templates. */
  readonly persistentConnections: number;
}

/** A real server with its traffic and connections. */
export interface ListedServer extends CountedServer {
  /** Traffic. */
  readonly statistics: Statistics;
}

/** A virtual service with its traffic and its servers. */
export interface ListedService {
  /** Identity and scheduling. */
  readonly service: VirtualService;
  /** Traffic. */
  readonly statistics: Statistics;
  /** Its real servers. */
  readonly servers: readonly ListedServer[];
}

/** Sorts by keys that are computed once per item: to compare addresses each time takes most of a large save. */
function sortByKey<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => compareSortKeys(a.key, b.key))
    .map(({ item }) => item);
}

/** The entries in the order of lists and files: services by identity, servers by address. */
export function sortEntries<T extends { readonly service: VirtualService; readonly servers: readonly RealServer[] }>(
  entries: readonly T[],
): T[] {
  return sortByKey(entries, ({ service }) => serviceSortKey(service.id))
    .map((entry) => ({ ...entry, servers: sortByKey(entry.servers, serverSortKey) }));
}
