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
import { FORMAT_VERSION } from "../schema/limits.ts";

const HEAD =
  `# The desired state of this director. Keys: "lvsctl config schema" lists them with their meaning and default.
# After a change: "lvsctl config check FILE" names everything that is wrong, with line and column.
version: ${FORMAT_VERSION}
`;

const DEFAULTS = `
# What services have where they say nothing themselves. The nearest wins: server, then service, then defaults.
# defaults:
#   scheduler: wlc
#   forward: nat
#   check: { type: tcp, interval: 2s, timeout: 1s, rise: 2, fall: 3 }
#   on_failure: quiesce
#   notify: [{ type: mail, to: admin@example.com, on: [quorum_down, quorum_up] }]

# More files, seen from the directory of this one.
# include: lvs.d/*.yaml
`;

const TIMEOUTS = `
# The kernel's timeouts; what is left out stays as it is.
`;

const SAMPLE_TIMEOUTS = "# timeouts: { tcp: 15m, tcp_fin: 2m, udp: 5m }\n";

const SAMPLE_VIPS = `
# The addresses that lvsctl keeps on the interfaces; without the key, none is touched.
# vips:
#   - { address: 192.0.2.10/32, device: eth0 }
`;

const KEPT_VIPS = `
# The addresses that lvsctl keeps on the interfaces: those that it has added so far.
`;

const KEPT_SYNC_DAEMONS = `
# The kernel's threads that tell other directors of the connections.
`;

const SAMPLE_SERVICES = `
# The virtual services. Only those that a file names are touched by "lvsctl run" and "lvsctl check --apply".
services: []
# services:
#   - name: web
#     listen: tcp://192.0.2.10:80
#     scheduler: wlc
#     forward: nat
#     check: { type: http, path: /healthz, expect: { status: 200 }, interval: 2s, timeout: 1s, rise: 2, fall: 3 }
#     on_failure: quiesce
#     fallback: 127.0.0.1:8080
#     servers:
#       - 10.0.0.11:8080
#       - { address: 10.0.0.12:8080, weight: 3, upper_threshold: 1000 }
`;

const KEPT_SERVICES = `
# The virtual services, as the kernel had them. Without a check, every server is taken as healthy.
`;

/** What a check of the service could be: of its own port, where its servers have none. */
function suggestedCheck(servers: readonly RealServer[]): string {
  const port = servers.some((server) => server.port === 0) ? ", port: 80" : "";
  return `    # check: { type: tcp${port}, interval: 2s, timeout: 1s, rise: 2, fall: 3 }\n    # on_failure: quiesce\n`;
}

/**
 * A file to start from, with comments on what else it may say.
 *
 * @param state What the kernel has; without it, the file describes nothing yet, and shows how it would.
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
