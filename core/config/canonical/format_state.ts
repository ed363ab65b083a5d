import {
  compareVips,
  type ForwardingMethod,
  type KernelState,
  type RealServer,
  serviceFamily,
  sortEntries,
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

/** The forwarding method of all servers; undefined if they differ, or if there are none. */
export function commonForward(servers: readonly RealServer[]): ForwardingMethod | undefined {
  const forward = servers[0]?.forward;
  return servers.every((server) => server.forward === forward) ? forward : undefined;
}

/**
 * Writes the kernel's state as a canonical file: the same state gives the same text.
 *
 * The file has all settings of the kernel, and the VIPs that lvsctl added, if the state has them. Values that are not
 * valid in files (a timeout of 40 days that another program set) are written unchanged, and rejected by the reader.
 */
export function formatState(state: KernelState): string {
  const parts = [HEADER, timeoutsLine(state.timeouts)];
  if (state.syncDaemons.length > 0) parts.push(SYNC_DAEMONS, ...state.syncDaemons.map(syncDaemonLine));
  else parts.push(NO_SYNC_DAEMONS);
  // Only the addresses that lvsctl added, because the file must not carry a director's own addresses to another one.
  const vips = state.vips?.filter(({ owned }) => owned).sort(compareVips);
  if (vips !== undefined) parts.push(...(vips.length > 0 ? [VIPS, ...vips.map(vipLine)] : [NO_VIPS]));
  parts.push(state.services.length > 0 ? SERVICES : NO_SERVICES);
  for (const { service, servers } of sortEntries(state.services)) {
    const forward = commonForward(servers);
    parts.push(listenLine(service.id), settingsLines({ ...service, forward }, serviceFamily(service.id)));
    if (servers.length > 0) parts.push(SERVERS);
    for (const server of servers) parts.push(serverLine(server, forward));
  }
  return parts.join("");
}
