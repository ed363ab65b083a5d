import { compareVips, type KernelState, type RealServer, serviceFamily, sortEntries } from "../../model/mod.ts";
import { commonForward } from "./format_state.ts";
import {
  listenLine,
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
import { FORMAT_VERSION, SCHEMA_COMMENT } from "../schema/limits.ts";

const HEAD =
  `# The desired state of this director. "lvsctl config schema" prints all keys with their meanings and defaults.
# After a change, "lvsctl config check FILE" reports every problem with its line and column.
${SCHEMA_COMMENT}
version: ${FORMAT_VERSION}
`;

const DEFAULTS = `
# Values for services that do not set their own. A server overrides its service, a service overrides the defaults.
# defaults:
#   scheduler: wlc
#   forward: nat
#   check: { type: tcp, interval: 2s, timeout: 1s, rise: 2, fall: 3 }
#   on_failure: quiesce
#   notify: [{ type: mail, to: admin@example.com, on: [quorum_down, quorum_up] }]

# Further files, relative to the directory of this file.
# include: lvs.d/*.yaml
`;

const TIMEOUTS = `
# Connection timeouts of the kernel. A timeout that is omitted stays unchanged.
`;

const SAMPLE_TIMEOUTS = "# timeouts: { tcp: 15m, tcp_fin: 2m, udp: 5m }\n";

const SAMPLE_VIPS = `
# Virtual addresses that lvsctl keeps on the interfaces. Without this key, lvsctl changes no addresses.
# vips:
#   - { address: 192.0.2.10/32, device: eth0 }
`;

const KEPT_VIPS = `
# Virtual addresses that lvsctl keeps on the interfaces: the ones that it has added.
`;

const KEPT_SYNC_DAEMONS = `
# Connection synchronisation daemons of the kernel, which copy connections to other directors.
`;

const SAMPLE_SERVICES = `
# Virtual services. "lvsctl run" and "lvsctl check --apply" change only the services in this file.
services: []
# services:
#   - name: web
#     listen: tcp://192.0.2.10:80
#     scheduler: wlc
#     forward: nat
#     check: { type: http, path: /healthz, expect: { status: 200 }, interval: 2s, timeout: 1s, rise: 2, fall: 3 }
#     on_failure: quiesce
#     fallback: 10.0.0.1:8080 # an address of the director itself
#     servers:
#       - 10.0.0.11:8080
#       - { address: 10.0.0.12:8080, weight: 3, upper_threshold: 1000 }
`;

const KEPT_SERVICES = `
# Virtual services, as they are in the kernel. Without a check, every server counts as healthy.
`;

/** A sample check for the service, with a port if its servers have none. */
function suggestedCheck(servers: readonly RealServer[]): string {
  const port = servers.some((server) => server.port === 0) ? ", port: 80" : "";
  return `    # check: { type: tcp${port}, interval: 2s, timeout: 1s, rise: 2, fall: 3 }\n    # on_failure: quiesce\n`;
}

/**
 * A commented file for a start, with samples of further keys.
 *
 * @param state The state of the kernel; undefined: the file has samples only, as comments.
 */
export function startingFile(state?: KernelState): string {
  const parts = [HEAD, DEFAULTS, TIMEOUTS, state === undefined ? SAMPLE_TIMEOUTS : timeoutsLine(state.timeouts)];
  const daemons = state?.syncDaemons ?? [];
  if (daemons.length > 0) parts.push(KEPT_SYNC_DAEMONS, SYNC_DAEMONS, ...daemons.map(syncDaemonLine));
  const vips = state?.vips?.filter(({ owned }) => owned).sort(compareVips) ?? [];
  parts.push(...(vips.length === 0 ? [SAMPLE_VIPS] : [KEPT_VIPS, VIPS, ...vips.map(vipLine)]));
  const services = state?.services ?? [];
  if (services.length === 0) return [...parts, SAMPLE_SERVICES].join("");
  parts.push(KEPT_SERVICES, SERVICES);
  for (const { service, servers } of sortEntries(services)) {
    const forward = commonForward(servers);
    parts.push(listenLine(service.id), settingsLines({ ...service, forward }, serviceFamily(service.id)));
    if (servers.length > 0) parts.push(suggestedCheck(servers), SERVERS);
    for (const server of servers) parts.push(serverLine(server, forward));
  }
  return parts.join("");
}
