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

/** The forwarding method that all servers have; undefined if they differ, or if there are none. */
export function commonForward(servers: readonly RealServer[]): ForwardingMethod | undefined {
  const forward = servers[0]?.forward;
  return servers.every((server) => server.forward === forward) ? forward : undefined;
}

/**
 * Writes the kernel's state as a file in its canonical form: the same state gives the same text.
 *
 * Everything that the kernel can be told is in it, and the VIPs that lvsctl added, if they were looked at. Values that files may not have (a timeout of 40 days that some
 * other program set) are written as they are, and refused when the file is read.
 */
export function formatState(state: KernelState): string {
  const parts = [HEADER, timeoutsLine(state.timeouts)];
  if (state.syncDaemons.length > 0) parts.push(SYNC_DAEMONS, ...state.syncDaemons.map(syncDaemonLine));
  else parts.push(NO_SYNC_DAEMONS);
  // Only what lvsctl added: a director's own addresses must not go to another one with the file.
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
