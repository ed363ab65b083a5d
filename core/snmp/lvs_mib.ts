import {
  formatNetmask,
  type ForwardingMethod,
  type IpvsInfo,
  type ListedServer,
  type ListedService,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
} from "../model/mod.ts";
import { branchOf, branchOfLength, type SnmpBranch, type SnmpNode, type SnmpValue, treeBelow } from "./tree.ts";
import { counter, counter64, gauge, hundredths, integer, ipv4Address, type Statistics, text } from "./values.ts";

/** The identifier of LVS-MIB. */
export const LVS_MIB: readonly number[] = [1, 3, 6, 1, 4, 1, 8225, 4711];

/** The kernel's state that {@linkcode lvsMib} shows. */
export interface LvsMibFacts {
  /** Version and size. */
  readonly info: IpvsInfo;
  /** The timeouts. */
  readonly timeouts: Timeouts;
  /** The sync daemons. */
  readonly syncDaemons: readonly SyncDaemon[];
  /** The services with their servers, in the order of their numbers. */
  readonly entries: readonly ListedService[];
}

/**
 * The objects of LVS-MIB, which the module net-snmp-lvs has. It is older than IPv6 in IPVS: an address of IPv6 has no
 * value there, all other columns of its row have.
 *
 * @param options.oid The identifier of the MIB; {@linkcode LVS_MIB} by default.
 */
export function lvsMib(
  { info, timeouts, syncDaemons, entries }: LvsMibFacts,
  { oid = LVS_MIB }: { readonly oid?: readonly number[] | undefined } = {},
): SnmpBranch {
  const [daemon] = syncDaemons;
  const scalars: readonly SnmpValue[] = [
    text(info.version.join(".")),
    integer(entries.length),
    integer(info.connectionTableSize),
    hundredths(timeouts.tcpSeconds),
    hundredths(timeouts.tcpFinSeconds),
    hundredths(timeouts.udpSeconds),
    integer(daemon === undefined ? 0 : daemon.role === "master" ? 1 : 2),
    text(daemon?.interface ?? ""),
  ];
  const parts = new Map<number, SnmpNode>(
    scalars.map((value, index) => [index + 1, branchOf(new Map([[0, value]]))]),
  );
  parts.set(
    17,
    tableOf(SERVICE_COLUMNS.length, (column) =>
      branchOfLength(entries.length, (number) => {
        const entry = entries[number - 1];
        return entry === undefined ? undefined : SERVICE_COLUMNS[column - 1]?.({ entry, number });
      })),
  );
  parts.set(
    18,
    tableOf(SERVER_COLUMNS.length, (column) =>
      branchOfLength(entries.length, (service) => {
        const servers = entries[service - 1]?.servers ?? [];
        return branchOfLength(servers.length, (number) => {
          const server = servers[number - 1];
          return server === undefined ? undefined : SERVER_COLUMNS[column - 1]?.({ server, service, number });
        });
      })),
  );
  return treeBelow(oid, branchOf(parts));
}

/** A table: its one entry has the columns. */
function tableOf(columns: number, column: (number: number) => SnmpNode): SnmpBranch {
  return branchOf(new Map([[1, branchOfLength(columns, column)]]));
}

/** A row of the table of services. */
interface ServiceRow {
  readonly entry: ListedService;
  readonly number: number;
}

/** A row of the table of real servers. */
interface ServerRow {
  readonly server: ListedServer;
  readonly service: number;
  readonly number: number;
}

/** The address of a service by firewall mark. */
const NO_ADDRESS: SnmpValue = { type: "ipaddress", text: "0.0.0.0" };

const SERVICE_COLUMNS: readonly ((row: ServiceRow) => SnmpValue | undefined)[] = [
  ({ number }) => integer(number),
  ({ entry }) => text(entry.service.scheduler),
  ({ entry }) => integer(protocolOf(entry.service.id)),
  ({ entry: { service: { id } } }) => id.kind === "fwmark" ? NO_ADDRESS : ipv4Address(id.address),
  ({ entry: { service: { id } } }) => integer(id.kind === "fwmark" ? -1 : id.port),
  // A mark has 32 bits, and an INTEGER has a sign.
  ({ entry: { service: { id } } }) => integer(id.kind === "fwmark" ? id.mark | 0 : 0),
  ({ entry }) => hundredths(entry.service.persistence?.timeoutSeconds ?? 0),
  ({ entry }) => netmaskOf(entry),
  ({ entry }) => integer(entry.servers.length),
  ...trafficColumns<ServiceRow>(({ entry }) => entry.statistics),
];

const SERVER_COLUMNS: readonly ((row: ServerRow) => SnmpValue | undefined)[] = [
  ({ service }) => integer(service),
  ({ number }) => integer(number),
  ({ server }) => ipv4Address(server.address),
  ({ server }) => integer(server.port),
  ({ server }) => integer(FORWARD_NUMBERS[server.forward]),
  ({ server }) => integer(server.weight),
  ...trafficColumns<ServerRow>(({ server }) => server.statistics),
];

const FORWARD_NUMBERS: Readonly<Record<ForwardingMethod, number>> = { nat: 0, local: 1, tun: 2, dr: 3, bypass: 4 };

/** Counters of 32 and 64 bits, and rates. */
function trafficColumns<Row>(statisticsOf: (row: Row) => Statistics): readonly ((row: Row) => SnmpValue)[] {
  return [
    (row) => counter(statisticsOf(row).counters.connections),
    (row) => counter(statisticsOf(row).counters.inPackets),
    (row) => counter(statisticsOf(row).counters.outPackets),
    (row) => counter64(statisticsOf(row).counters.inBytes),
    (row) => counter64(statisticsOf(row).counters.outBytes),
    (row) => gauge(statisticsOf(row).rates.connections),
    (row) => gauge(statisticsOf(row).rates.inPackets),
    (row) => gauge(statisticsOf(row).rates.outPackets),
    (row) => gauge(statisticsOf(row).rates.inBytes),
    (row) => gauge(statisticsOf(row).rates.outBytes),
  ];
}

function protocolOf(id: ServiceId): number {
  if (id.kind === "fwmark") return -1;
  return { tcp: 6, udp: 17, sctp: 132 }[id.protocol];
}

/** The netmask of persistence; that of a single client without one. IPv6 has a prefix length, not an address. */
function netmaskOf({ service: { id, persistence } }: ListedService): SnmpValue | undefined {
  const family = serviceFamily(id);
  if (family === "ipv6") return undefined;
  return { type: "ipaddress", text: formatNetmask(family, persistence?.netmask ?? 0xffffffff) };
}
