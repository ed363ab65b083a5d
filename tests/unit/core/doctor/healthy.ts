import {
  CAPABILITIES,
  type Facts,
  type NetworkFacts,
  type RouteFacts,
  type ServerFacts,
  type ServiceFacts,
  type TableFacts,
} from "../../../../core/doctor/facts.ts";
import { parseEndpoint, parseIpAddress, parseServiceId } from "../../../../core/model/mod.ts";

/** A virtual service: nat, two servers on the link of eth1. */
export function service(
  name: string,
  servers: readonly string[] = ["nat 10.0.0.11:80", "nat 10.0.0.12:80"],
  properties: Partial<Omit<ServiceFacts, "id" | "servers">> = {},
): ServiceFacts {
  return {
    id: parseServiceId(name),
    scheduler: "wlc",
    isPersistent: false,
    onePacket: false,
    servers: servers.map(server),
    ...properties,
  };
}

function server(text: string): ServerFacts {
  const [forward = "", endpoint = ""] = text.split(" ");
  if (forward !== "nat" && forward !== "dr" && forward !== "tun" && forward !== "local") throw new TypeError(text);
  return { ...parseEndpoint(endpoint), forward };
}

/** A way to an address. */
export function route(device: string, more: Partial<Record<"gateway" | "source", string>> = {}): RouteFacts {
  const { gateway, source } = more;
  return {
    kind: "unicast",
    device,
    ...(gateway === undefined ? {} : { gateway: parseIpAddress(gateway) }),
    ...(source === undefined ? {} : { source: parseIpAddress(source) }),
  };
}

/** What a test changes of a healthy director. */
export interface Changes extends Omit<Partial<Facts>, "sysctls" | "network" | "modules" | "table"> {
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly modules?: Readonly<Record<string, "loaded" | "loadable" | "missing" | "unknown">>;
  readonly table?: Partial<TableFacts>;
  readonly network?: Partial<Omit<NetworkFacts, "routes">> & { readonly routes?: Readonly<Record<string, RouteFacts>> };
}

const SYSCTLS: Readonly<Record<string, string>> = {
  "net.ipv4.ip_forward": "1",
  "net.ipv6.conf.all.forwarding": "1",
  "net.ipv6.conf.eth0.forwarding": "1",
  "net.ipv4.vs.expire_nodest_conn": "1",
  "net.ipv4.vs.expire_quiescent_template": "1",
  "net.ipv4.vs.conn_reuse_mode": "1",
  "net.ipv4.vs.conntrack": "0",
  "net.ipv4.vs.sloppy_tcp": "0",
  "net.ipv4.vs.sloppy_sctp": "0",
  "net.ipv4.vs.schedule_icmp": "0",
  "net.ipv4.vs.drop_entry": "0",
  "net.ipv4.vs.drop_packet": "0",
  "net.ipv4.vs.secure_tcp": "0",
  "net.ipv4.vs.run_estimation": "1",
  "net.ipv4.vs.sync_version": "1",
  "net.ipv4.vs.sync_persist_mode": "0",
  "net.ipv4.vs.sync_threshold": "3 50",
  "net.ipv4.vs.sync_refresh_period": "0",
  "net.ipv4.vs.backup_only": "0",
  "net.netfilter.nf_conntrack_max": "1000",
  "net.netfilter.nf_conntrack_count": "10",
  "net.ipv4.neigh.default.gc_thresh3": "1024",
  "net.ipv6.neigh.default.gc_thresh3": "1024",
  ...Object.fromEntries(
    ["all", "default", "lo", "eth0", "eth1"].flatMap((device) => [
      [`net.ipv4.conf.${device}.send_redirects`, "0"],
      [`net.ipv4.conf.${device}.rp_filter`, "0"],
      [`net.ipv4.conf.${device}.arp_ignore`, "0"],
    ]),
  ),
};

/**
 * A healthy director: one nat service on eth0, whose servers are on the link of eth1, the default route leaves by eth0.
 */
export function director(changes: Changes = {}): Facts {
  const { sysctls = {}, modules = {}, network = {}, table, ...others } = changes;
  const services = changes.services ?? [service("tcp://192.0.2.10:80")];
  const { routes = {}, ...net } = network;
  const directRoutes = ["10.0.0.11", "10.0.0.12"].map((address) =>
    [address, route("eth1", { source: "10.0.0.1" })] as const
  );
  return {
    release: "6.1.0-18-amd64",
    process: { isRoot: true, capabilities: new Set(CAPABILITIES), isInitialUserNamespace: true },
    modules: new Map(Object.entries({ "ip_vs": "loaded", "ip_vs_wlc": "loaded", "ip_vs_ftp": "loadable", ...modules })),
    sysctls: new Map(Object.entries({ ...SYSCTLS, ...sysctls })),
    table: { services, connections: 100, buckets: 4096, syncDaemons: [], ...table },
    services,
    declaredVips: new Set(),
    routerAddresses: new Set(),
    defaultDevices: { ipv4: ["eth0"], announcedIpv6: [] },
    managers: [],
    unseen: [],
    ...others,
    network: {
      links: [
        { name: "lo", isUp: true, hasNeighbours: false },
        { name: "eth0", isUp: true, hasNeighbours: true },
        { name: "eth1", isUp: true, hasNeighbours: true },
      ],
      addresses: [{ address: parseIpAddress("192.0.2.10"), device: "eth0", state: "up" }],
      neighbours: [{ address: parseIpAddress("10.0.0.11"), device: "eth1", state: "known" }],
      ...net,
      routes: new Map(
        [...directRoutes, ...Object.entries(routes).map(([address, one]) => [parseIpAddress(address), one] as const)]
          .map(([address, one]) => [parseIpAddress(address), one]),
      ),
    },
  };
}
