import {
  formatNetmask,
  type ForwardingMethod,
  type ListedServer,
  type ListedService,
  parseIpAddress,
  serviceFamily,
} from "../model/mod.ts";
import { type SnmpVrrp, vrrpBranch } from "./keepalived_vrrp.ts";
import { branchOf, branchOfLength, type SnmpBranch, type SnmpValue, treeBelow } from "./tree.ts";
import {
  type Column,
  counter,
  counter64,
  gauge,
  inetAddress,
  inetAddressType,
  integer,
  type Statistics,
  tableOf,
  truth,
} from "./values.ts";

/** The identifier of KEEPALIVED-MIB: its node `keepalived`. */
export const KEEPALIVED_MIB: readonly number[] = [1, 3, 6, 1, 4, 1, 9586, 100, 5];

/** The numbers of its nodes `vrrp` and `check`. */
const [VRRP, CHECK] = [2, 3];

/** The identifiers of its parts about virtual routers, and about virtual servers and real servers. */
export const KEEPALIVED_VRRP: readonly number[] = [...KEEPALIVED_MIB, VRRP];
/** As {@linkcode KEEPALIVED_VRRP}, about virtual servers and real servers. */
export const KEEPALIVED_CHECK: readonly number[] = [...KEEPALIVED_MIB, CHECK];

/** The numbers of schedulers. */
const SCHEDULERS: readonly string[] = [
  ...["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"],
];

/** The number of a scheduler that the MIB does not have. */
const OTHER_SCHEDULER = 99;

const KINDS: Readonly<Partial<Record<ForwardingMethod, number>>> = { nat: 1, local: 2, dr: 2, tun: 3 };

const SERVICE_COLUMNS: readonly Column<ListedService>[] = [
  [2, "virtualServerType", ({ service: { id } }) => integer(id.kind === "fwmark" ? 1 : 2)],
  [4, "virtualServerFwMark", ({ service: { id } }) => id.kind === "fwmark" ? gauge(id.mark) : undefined],
  [
    5,
    "virtualServerAddrType",
    ({ service: { id } }) => id.kind === "fwmark" ? undefined : inetAddressType(id.address),
  ],
  [6, "virtualServerAddress", ({ service: { id } }) => id.kind === "fwmark" ? undefined : inetAddress(id.address)],
  [7, "virtualServerPort", ({ service: { id } }) => id.kind === "fwmark" ? undefined : gauge(id.port)],
  [8, "virtualServerProtocol", ({ service: { id } }) => integer(protocolOf(id))],
  [9, "virtualServerLoadBalancingAlgo", ({ service: { scheduler } }) => integer(schedulerNumber(scheduler))],
  [10, "virtualServerLoadBalancingKind", ({ servers }) => kindOf(servers)],
  [11, "virtualServerStatus", ({ servers }) => alive(servers.some(serves))],
  [13, "virtualServerPersist", ({ service: { persistence } }) => truth(persistence !== undefined)],
  [
    14,
    "virtualServerPersistTimeout",
    ({ service: { persistence } }) => persistence === undefined ? undefined : gauge(persistence.timeoutSeconds),
  ],
  [15, "virtualServerPersistGranularity", (entry) => granularityOf(entry, "ipv4")],
  [20, "virtualServerRealServersTotal", ({ servers }) => gauge(servers.length)],
  [21, "virtualServerRealServersUp", ({ servers }) => gauge(servers.filter(serves).length)],
  ...trafficColumns<ListedService>("virtualServer", { first: 27, bits64: 38 }),
  ...rateColumns<ListedService>("virtualServer", 32),
  [37, "virtualServerOPS", ({ service: { onePacket } }) => truth(onePacket)],
  [51, "virtualServerPersistGranularity6", (entry) => granularityOf(entry, "ipv6")],
];

const SERVER_COLUMNS: readonly Column<ListedServer>[] = [
  [2, "realServerType", () => integer(1)],
  [3, "realServerAddrType", ({ address }) => inetAddressType(address)],
  [4, "realServerAddress", ({ address }) => inetAddress(address)],
  [5, "realServerPort", ({ port }) => gauge(port)],
  [6, "realServerStatus", (server) => alive(serves(server))],
  [7, "realServerWeight", ({ weight }) => integer(weight)],
  [8, "realServerUpperConnectionLimit", ({ upperThreshold }) => gauge(upperThreshold)],
  [9, "realServerLowerConnectionLimit", ({ lowerThreshold }) => gauge(lowerThreshold)],
  ...trafficColumns<ListedServer>("realServer", { first: 14, packets: 18, bits64: 27 }),
  [15, "realServerStatsActiveConns", ({ activeConnections }) => gauge(activeConnections)],
  [16, "realServerStatsInactiveConns", ({ inactiveConnections }) => gauge(inactiveConnections)],
  [17, "realServerStatsPersistentConns", ({ persistentConnections }) => gauge(persistentConnections)],
  ...rateColumns<ListedServer>("realServer", 22),
];

/**
 * The virtual servers and real servers of KEEPALIVED-MIB, of the kernel's table alone: it has neither the real servers
 * that a check has removed nor the settings of checks. A real server with a weight above 0 is alive. With them, the
 * virtual routers of the daemon.
 *
 * @param entries The services with their servers, in the order of their numbers.
 * @param options.oid The identifier of the MIB; {@linkcode KEEPALIVED_MIB} by default.
 * @param options.vrrp The virtual routers; none by default.
 */
export function keepalivedMib(
  entries: readonly ListedService[],
  { oid = KEEPALIVED_MIB, vrrp }: {
    readonly oid?: readonly number[] | undefined;
    readonly vrrp?: SnmpVrrp | undefined;
  } = {},
): SnmpBranch {
  const services = tableOf(SERVICE_COLUMNS, (value) =>
    branchOfLength(entries.length, (number) => {
      const entry = entries[number - 1];
      return entry === undefined ? undefined : value(entry);
    }));
  const servers = tableOf(SERVER_COLUMNS, (value) =>
    branchOfLength(entries.length, (service) => {
      const all = entries[service - 1]?.servers ?? [];
      return branchOfLength(all.length, (number) => {
        const server = all[number - 1];
        return server === undefined ? undefined : value(server);
      });
    }));
  const check = branchOf(new Map([[3, services], [4, servers]]));
  return treeBelow(
    oid,
    branchOf(new Map([...vrrp === undefined ? [] : [[VRRP, vrrpBranch(vrrp)] as const], [CHECK, check]])),
  );
}

/** The names of the columns in the MIB, with their identifiers below {@linkcode KEEPALIVED_CHECK}. */
export function keepalivedColumns(): readonly (readonly [name: string, oid: readonly number[]])[] {
  return [
    ...SERVICE_COLUMNS.map(([number, name]) => [name, [3, 1, number]] as const),
    ...SERVER_COLUMNS.map(([number, name]) => [name, [4, 1, number]] as const),
  ];
}

/** Connections, packets and bytes. The MIB calls a counter of connections a gauge. */
function trafficColumns<Row extends { readonly statistics: Statistics }>(
  prefix: string,
  { first, packets = first + 1, bits64 }: {
    readonly first: number;
    readonly packets?: number;
    readonly bits64: number;
  },
): readonly Column<Row>[] {
  return [
    [first, `${prefix}StatsConns`, ({ statistics: { counters } }) => gauge(counters.connections)],
    [packets, `${prefix}StatsInPkts`, ({ statistics: { counters } }) => counter(counters.inPackets)],
    [packets + 1, `${prefix}StatsOutPkts`, ({ statistics: { counters } }) => counter(counters.outPackets)],
    [packets + 2, `${prefix}StatsInBytes`, ({ statistics: { counters } }) => counter64(counters.inBytes)],
    [packets + 3, `${prefix}StatsOutBytes`, ({ statistics: { counters } }) => counter64(counters.outBytes)],
    [bits64, `${prefix}StatsConns64`, ({ statistics: { counters } }) => counter64(counters.connections)],
    [bits64 + 1, `${prefix}StatsInPkts64`, ({ statistics: { counters } }) => counter64(counters.inPackets)],
    [bits64 + 2, `${prefix}StatsOutPkts64`, ({ statistics: { counters } }) => counter64(counters.outPackets)],
  ];
}

function rateColumns<Row extends { readonly statistics: Statistics }>(
  prefix: string,
  first: number,
): readonly Column<Row>[] {
  return [
    [first, `${prefix}RateCps`, ({ statistics: { rates } }) => gauge(rates.connections)],
    [first + 1, `${prefix}RateInPPS`, ({ statistics: { rates } }) => gauge(rates.inPackets)],
    [first + 2, `${prefix}RateOutPPS`, ({ statistics: { rates } }) => gauge(rates.outPackets)],
    [first + 3, `${prefix}RateInBPS`, ({ statistics: { rates } }) => gauge(rates.inBytes)],
    [first + 4, `${prefix}RateOutBPS`, ({ statistics: { rates } }) => gauge(rates.outBytes)],
  ];
}

/** The words `alive` and `dead` of the MIB. */
function alive(isAlive: boolean): SnmpValue {
  return integer(isAlive ? 1 : 2);
}

function serves({ weight }: ListedServer): boolean {
  return weight > 0;
}

/** A service by firewall mark has no protocol. */
function protocolOf(id: ListedService["service"]["id"]): number {
  return id.kind === "fwmark" ? 4 : { tcp: 1, udp: 2, sctp: 3 }[id.protocol];
}

function schedulerNumber(scheduler: string): number {
  const index = SCHEDULERS.indexOf(scheduler);
  return index < 0 ? OTHER_SCHEDULER : index + 1;
}

/** The forwarding method of the first server: keepalived has one for a service. */
function kindOf([first]: readonly ListedServer[]): SnmpValue | undefined {
  const kind = first === undefined ? undefined : KINDS[first.forward];
  return kind === undefined ? undefined : integer(kind);
}

/** The netmask of persistence for IPv4, the prefix length for IPv6. */
function granularityOf(
  { service: { id, persistence } }: ListedService,
  wanted: "ipv4" | "ipv6",
): SnmpValue | undefined {
  const family = serviceFamily(id);
  if (persistence === undefined || family !== wanted) return undefined;
  return family === "ipv6"
    ? gauge(persistence.netmask)
    : inetAddress(parseIpAddress(formatNetmask(family, persistence.netmask)));
}
