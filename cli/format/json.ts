import {
  addressFamily,
  type Change,
  describeChange,
  formatNetmask,
  formatSchedulerFlags,
  formatServerId,
  formatServiceId,
  type ListedServer,
  type ListedService,
  type RealServer,
  requestedForward,
  type ServerId,
  serviceFamily,
  type ServiceId,
  sortEntries,
  type SyncDaemon,
  type Timeouts,
  type Traffic,
  type VirtualService,
} from "../../core/model/mod.ts";
import type { CurrentState, Difference } from "../../core/reconcile/mod.ts";
import { Output } from "../context/buffered_output.ts";
import type { DocumentWithList, Io } from "../context/io.ts";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The version of every document: it grows if a key is removed or changes its meaning. */
const DOCUMENT_VERSION = 2;

/** The data of a document, each under a key that names it; {@linkcode documentJson} adds the version. */
export interface DocumentBody {
  /** The version has one place. */
  readonly version?: never;
  /** The data. */
  readonly [key: string]: Json | undefined;
}

/** The envelope of everything that commands print as JSON: the version first, then the data. */
export function documentJson(body: DocumentBody): { readonly [key: string]: Json | undefined } {
  return { version: DOCUMENT_VERSION, ...body };
}

/**
 * Prints a document: as indented JSON, or in the format of `--output`.
 *
 * @param options.isRepeated Whether it is one of many: then it is one line of JSON.
 */
export function printJson(
  io: Io,
  body: DocumentBody,
  { isRepeated = false }: { readonly isRepeated?: boolean | undefined } = {},
): void {
  printDocument(io, documentJson(body), { isRepeated });
}

/** As {@linkcode printJson}, for a document of another process, which has its own version. */
export function printDocument(
  io: Io,
  document: { readonly [key: string]: unknown },
  { isRepeated = false }: { readonly isRepeated?: boolean | undefined } = {},
): void {
  const format = io.documentFormat;
  if (format !== undefined) io.out(format.write(document, { isRepeated }));
  else io.out(`${JSON.stringify(document, null, isRepeated ? 0 : 2)}\n`);
}

/**
 * Prints a document with a long list as {@linkcode printJson} does; JSON has each item on a line of its own, so that a
 * script can also read it by lines.
 *
 * @param list.body The document without the list.
 * @param list.key The key of the list.
 * @param list.items The items.
 * @param options.isRepeated Whether the document is one of many: then it is one line of JSON.
 */
export function printJsonList(
  io: Io,
  list: { readonly body: DocumentBody; readonly key: string; readonly items: Iterable<Json> },
  { isRepeated = false }: { readonly isRepeated?: boolean | undefined } = {},
): void {
  const output = new Output(io);
  const document = documentJson(list.body);
  const format = io.documentFormat;
  const pieces = format === undefined
    ? jsonPieces({ ...list, document }, { isRepeated })
    : format.writeList({ ...list, document }, { isRepeated });
  for (const piece of pieces) output.write(piece);
  output.flush();
}

/** A document with a long list as JSON, in pieces: its list comes last. */
export function* jsonPieces(
  { document, key, items }: DocumentWithList,
  { isRepeated }: { readonly isRepeated: boolean },
): Generator<string, void, undefined> {
  const empty = JSON.stringify({ ...document, [key]: [] }, null, isRepeated ? 0 : 2);
  const middle = empty.lastIndexOf("[") + 1;
  const [before, last] = isRepeated ? ["", ""] : ["\n    ", "\n  "];
  yield empty.slice(0, middle);
  let isEmpty = true;
  for (const item of items) {
    yield `${isEmpty ? "" : ","}${before}${JSON.stringify(item)}`;
    isEmpty = false;
  }
  yield `${isEmpty ? "" : last}${empty.slice(middle)}\n`;
}

/** The identity of a virtual service: its name, and the parts of it. */
export function serviceIdJson(id: ServiceId): { readonly [key: string]: Json } {
  const isEndpoint = id.kind === "endpoint";
  return {
    service: formatServiceId(id),
    protocol: isEndpoint ? id.protocol : null,
    address: isEndpoint ? id.address : null,
    port: isEndpoint ? id.port : null,
    fwmark: isEndpoint ? null : id.mark,
    family: serviceFamily(id),
  };
}

/** The identity of a real server within its service: its name, and the parts of it. */
export function serverIdJson(id: ServerId): { readonly [key: string]: Json } {
  const { address, port } = id;
  return { server: formatServerId(id), address, port, family: addressFamily(address) };
}

/** A virtual service, with the settings of the configuration file. */
export function serviceJson(service: VirtualService): { readonly [key: string]: Json } {
  const { id, persistence } = service;
  return {
    ...serviceIdJson(id),
    scheduler: service.scheduler,
    scheduler_flags: formatSchedulerFlags(service.scheduler, service.schedulerFlags),
    persistence: persistence === undefined ? null : {
      timeout_seconds: persistence.timeoutSeconds,
      netmask: formatNetmask(serviceFamily(id), persistence.netmask),
      engine: persistence.engine ?? null,
    },
    one_packet: service.onePacket,
  };
}

/** A real server, with the settings of the configuration file. */
export function serverJson(server: RealServer): { readonly [key: string]: Json } {
  return {
    ...serverIdJson(server),
    forward: server.forward,
    weight: server.weight,
    upper_threshold: server.upperThreshold,
    lower_threshold: server.lowerThreshold,
    tunnel: server.forward === "tun" ? { ...server.tunnel } : null,
  };
}

/** Services with their servers and their traffic, in order. */
export function listedServicesJson(entries: readonly ListedService[]): readonly Json[] {
  return sortEntries(entries).map((entry) => ({
    ...serviceJson(entry.service),
    counters: trafficJson(entry.statistics.counters),
    rates: trafficJson(entry.statistics.rates),
    servers: entry.servers.map(listedServerJson),
  }));
}

/** A real server with its connections and its traffic. */
export function listedServerJson(server: ListedServer): Json {
  return {
    ...serverJson(server),
    active_connections: server.activeConnections,
    inactive_connections: server.inactiveConnections,
    persistent_connections: server.persistentConnections,
    counters: trafficJson(server.statistics.counters),
    rates: trafficJson(server.statistics.rates),
  };
}

/** Counts as numbers up to 2^53, and as strings of digits above, where a number would lose digits. */
function trafficJson(traffic: Traffic): Json {
  const exact = (value: bigint): Json => value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
  return {
    connections: exact(traffic.connections),
    in_packets: exact(traffic.inPackets),
    out_packets: exact(traffic.outPackets),
    in_bytes: exact(traffic.inBytes),
    out_bytes: exact(traffic.outBytes),
  };
}

/** The kernel's timeouts. */
export function timeoutsJson(timeouts: Timeouts): Json {
  return {
    tcp_seconds: timeouts.tcpSeconds,
    tcp_fin_seconds: timeouts.tcpFinSeconds,
    udp_seconds: timeouts.udpSeconds,
  };
}

/** A sync daemon, with the keys of the configuration file. */
export function syncDaemonJson(daemon: SyncDaemon): Json {
  return {
    role: daemon.role,
    interface: daemon.interface,
    sync_id: daemon.syncId,
    max_length: daemon.maxLength ?? null,
    group: daemon.group ?? null,
    port: daemon.port ?? null,
    ttl: daemon.ttl ?? null,
  };
}

/**
 * A change with the settings that it makes.
 *
 * @param options.before The kernel's state before it, for the differences; without it, the change has none.
 */
export function changeJson(
  change: Change,
  { before }: { readonly before?: CurrentState | undefined } = {},
): { readonly [key: string]: Json } {
  const { verb, object } = describeChange(change);
  const sets = "server" in change && change.operation !== "deleteServer"
    ? serverJson({ ...change.server, forward: requestedForward(change.server.forward) })
    : "service" in change
    ? serviceJson(change.service)
    : change.operation === "setTimeouts"
    ? timeoutsJson(change.timeouts)
    : change.operation === "startSyncDaemon"
    ? syncDaemonJson(change.daemon)
    : null;
  return {
    operation: change.operation,
    description: `${verb} ${object}`.trim(),
    object,
    service: "service" in change
      ? formatServiceId(change.service.id)
      : "id" in change && change.id !== undefined
      ? formatServiceId(change.id)
      : null,
    server: "server" in change ? formatServerId(change.server) : null,
    sets,
    ...before === undefined ? {} : { differences: before.differences(change).map(differenceJson) },
  };
}

/** A difference that a change removes: null is nothing, true something as a whole. */
export function differenceJson({ path, current, wanted }: Difference): Json {
  return { path, current: current ?? null, wanted: wanted ?? null };
}
