import {
  compareVips,
  type DesiredState,
  type ForwardingMethod,
  type KernelState,
  type RealServer,
  type ServiceEntry,
  serviceFamily,
  sortEntries,
  type SyncDaemon,
  type Timeouts,
  type Vip,
} from "../../model/mod.ts";
import {
  HEADER,
  listenLine,
  NO_SERVICES,
  NO_SYNC_DAEMONS,
  NO_VIPS,
  serverLine,
  SERVERS,
  SERVICES,
  settingsLines,
  SYNC_DAEMONS,
  syncDaemonLine,
  timeoutsLine,
  vipLine,
  VIPS,
} from "./lines.ts";
import { FORMAT_VERSION } from "../schema/limits.ts";

/** The forwarding method of all servers; undefined if they differ, or if there are none. */
export function commonForward(servers: readonly RealServer[]): ForwardingMethod | undefined {
  const forward = servers[0]?.forward;
  return servers.every((server) => server.forward === forward) ? forward : undefined;
}

/** A state whose parts may be missing, except the services. */
export interface PartialState {
  /** The services with their servers. */
  readonly services: readonly ServiceEntry[];
  /** The timeouts; undefined if a file must leave them unchanged. */
  readonly timeouts?: Timeouts | undefined;
  /** The sync daemons; undefined if a file must leave them unchanged. */
  readonly syncDaemons?: readonly SyncDaemon[] | undefined;
  /** The VIPs; undefined if a file must leave them unchanged. */
  readonly vips?: readonly Vip[] | undefined;
}

/**
 * Writes the kernel's state as a canonical file: the same state gives the same text.
 *
 * The file has all settings of the kernel, and the VIPs that lvsctl added, if the state has them. Values that are not
 * valid in files (a timeout of 40 days that another program set) are written unchanged, and rejected by the reader.
 */
export function formatState(state: KernelState): string {
  // Only the addresses that lvsctl added, because the file must not carry a director's own addresses to another one.
  const vips = state.vips?.filter(({ owned }) => owned).sort(compareVips);
  return HEADER + formatParts({ ...state, vips, services: sortEntries(state.services) });
}

/**
 * Writes the part of a desired state that concerns the kernel as a canonical file, in the order of the state: the same
 * plan follows from both. The settings that the state leaves unchanged have no values in the file.
 */
export function formatDesiredState({ timeouts, syncDaemons, vips, services }: DesiredState): string {
  const unchanged: Timeouts = { tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 0 };
  return HEADER + formatParts({ timeouts: timeouts ?? unchanged, syncDaemons: syncDaemons ?? [], vips, services });
}

/** Writes the parts that a state has as a file, without a header of its own: `apply` leaves the other parts unchanged. */
export function formatPartialState(state: PartialState): string {
  const vips = state.vips === undefined ? undefined : [...state.vips].sort(compareVips);
  return `version: ${FORMAT_VERSION}\n${formatParts({ ...state, vips, services: sortEntries(state.services) })}`;
}

function formatParts({ timeouts, syncDaemons, vips, services }: PartialState): string {
  const parts: string[] = timeouts === undefined ? [] : [timeoutsLine(timeouts)];
  if (syncDaemons !== undefined) {
    if (syncDaemons.length > 0) parts.push(SYNC_DAEMONS, ...syncDaemons.map(syncDaemonLine));
    else parts.push(NO_SYNC_DAEMONS);
  }
  if (vips !== undefined) {
    parts.push(...(vips.length > 0 ? [VIPS, ...vips.map(vipLine)] : [NO_VIPS]));
  }
  parts.push(services.length > 0 ? SERVICES : NO_SERVICES);
  for (const { service, servers } of services) {
    const forward = commonForward(servers);
    parts.push(listenLine(service.id), settingsLines({ ...service, forward }, serviceFamily(service.id)));
    if (servers.length > 0) parts.push(SERVERS);
    for (const server of servers) parts.push(serverLine(server, forward));
  }
  return parts.join("");
}
