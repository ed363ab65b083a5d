import type { Vip } from "../model/mod.ts";
import { branchOf, branchOfLength, type SnmpBranch, type SnmpNode, type SnmpValue } from "./tree.ts";
import { type Column, gauge, inetAddress, inetAddressType, integer, tableOf, text, truth } from "./values.ts";

/** A virtual router, as SNMP shows it. */
export interface SnmpRouter {
  /** Name of its instance: an instance with two families has two routers. */
  readonly name: string;
  /** Number of the virtual router. */
  readonly vrid: number;
  /** Its state: `active`, `backup` and so on. */
  readonly state: string;
  /** Its priority in the file. */
  readonly configuredPriority: number;
  /** Its effective priority. */
  readonly priority: number;
  /** Its interface. */
  readonly device: string;
  /** Version of its messages. */
  readonly version: number;
  /** Time between its advertisements; milliseconds. */
  readonly intervalMs: number;
  /** Whether it takes the addresses from an active router with a lower priority. */
  readonly preempts: boolean;
  /** How long it waits before that; milliseconds. */
  readonly preemptDelayMs: number;
  /** Its addresses. */
  readonly vips: readonly Pick<Vip, "address" | "prefixLength">[];
  /** What it tracks, by label: `interface eth1`, `command /bin/x`. */
  readonly tracks: readonly { readonly label: string; readonly weight: number }[];
}

/** A group of instances, as SNMP shows it. */
export interface SnmpGroup {
  /** Its name. */
  readonly name: string;
  /** Its state; undefined while it is not known. */
  readonly state: string | undefined;
  /** The names of its instances. */
  readonly members: readonly string[];
}

/** What {@linkcode vrrpBranch} is made of. */
export interface SnmpVrrp {
  /** The virtual routers. */
  readonly routers: readonly SnmpRouter[];
  /** Their groups. */
  readonly groups: readonly SnmpGroup[];
  /** The number of an interface; undefined without such an interface. */
  readonly indexOf: (device: string) => number | undefined;
}

/** The numbers of states; a released router is shut down by a user. */
const STATES: Readonly<Record<string, number>> = { init: 0, backup: 1, active: 2, fault: 3, released: 5 };
const UNKNOWN_STATE = 4;

/** The priority of the owner of the addresses, which begins as the active one. */
const OWNER = 255;

/** The units of intervals by version; milliseconds. */
const INTERVAL_UNIT_MS: Readonly<Record<number, number>> = { 2: 1000, 3: 10 };

const GROUP_COLUMNS: readonly Column<SnmpGroup>[] = [
  [2, "vrrpSyncGroupName", ({ name }) => text(name)],
  [3, "vrrpSyncGroupState", ({ state }) => stateNumber(state)],
];

const MEMBER_COLUMNS: readonly Column<string>[] = [[2, "vrrpSyncGroupMemberName", (name) => text(name)]];

/** A router with the name of its group, if it has one. */
type Instance = SnmpRouter & { readonly group: string | undefined };

const INSTANCE_COLUMNS: readonly Column<Instance>[] = [
  [2, "vrrpInstanceName", ({ name }) => text(name)],
  [3, "vrrpInstanceVirtualRouterId", ({ vrid }) => gauge(vrid)],
  [4, "vrrpInstanceState", ({ state }) => stateNumber(state)],
  [
    5,
    "vrrpInstanceInitialState",
    ({ configuredPriority }) => stateNumber(configuredPriority === OWNER ? "active" : "backup"),
  ],
  [7, "vrrpInstanceBasePriority", ({ configuredPriority }) => integer(configuredPriority)],
  [8, "vrrpInstanceEffectivePriority", ({ priority }) => integer(priority)],
  [9, "vrrpInstanceVipsStatus", ({ state }) => truth(state === "active")],
  [10, "vrrpInstancePrimaryInterface", ({ device }) => text(device)],
  [11, "vrrpInstanceTrackPrimaryIf", () => truth(true)],
  [
    12,
    "vrrpInstanceAdvertisementsInt",
    ({ version, intervalMs }) => gauge(Math.round(intervalMs / (INTERVAL_UNIT_MS[version] ?? 1000))),
  ],
  [13, "vrrpInstancePreempt", ({ preempts }) => truth(preempts)],
  [14, "vrrpInstancePreemptDelay", ({ preemptDelayMs }) => gauge(Math.round(preemptDelayMs / 1000))],
  [18, "vrrpInstanceSyncGroup", ({ group }) => group === undefined ? undefined : text(group)],
  [27, "vrrpInstanceAccept", () => truth(true)],
  [30, "vrrpInstanceVrrpVersion", ({ version }) => integer(version)],
];

/** A tracked thing without the kind in its label. */
interface Track {
  readonly name: string;
  readonly weight: number;
}

const INTERFACE_COLUMNS: readonly Column<Track>[] = [
  [1, "vrrpTrackedInterfaceName", ({ name }) => text(name)],
  [2, "vrrpTrackedInterfaceWeight", ({ weight }) => integer(weight)],
  [3, "vrrpTrackedInterfaceWgtRev", () => truth(false)],
];

const SCRIPT_COLUMNS: readonly Column<Track>[] = [
  [2, "vrrpTrackedScriptName", ({ name }) => text(name)],
  [3, "vrrpTrackedScriptWeight", ({ weight }) => integer(weight)],
  [4, "vrrpTrackedScriptWgtRev", () => truth(false)],
];

/** An address of a router. */
type Address = Pick<Vip, "address" | "prefixLength"> & Pick<SnmpRouter, "state" | "device">;

const ADDRESS_COLUMNS: readonly Column<Address>[] = [
  [2, "vrrpAddressType", ({ address }) => inetAddressType(address)],
  [3, "vrrpAddressValue", ({ address }) => inetAddress(address)],
  [5, "vrrpAddressMask", ({ prefixLength }) => gauge(prefixLength)],
  [8, "vrrpAddressIfName", ({ device }) => text(device)],
  [10, "vrrpAddressStatus", ({ state }) => truth(state === "active")],
];

/** The virtual routers of KEEPALIVED-MIB: its node `vrrp`, with the tables that lvsctl has rows for. */
export function vrrpBranch({ routers, groups, indexOf }: SnmpVrrp): SnmpBranch {
  const instances = routers.map((router): Instance => ({
    ...router,
    group: groups.find(({ members }) => members.includes(router.name))?.name,
  }));
  const addresses = instances.map(({ vips, state, device }) => vips.map((vip): Address => ({ ...vip, state, device })));
  const scripts = instances.map((instance) => tracksOf(instance, "command"));
  const interfaces = instances.map((instance) => interfacesOf(instance, indexOf));
  return branchOf(
    new Map([
      [1, tableOf(GROUP_COLUMNS, (value) => rowsOf(groups, value))],
      [2, tableOf(MEMBER_COLUMNS, (value) => rowsOf(groups, ({ members }) => rowsOf(members, value)))],
      [3, tableOf(INSTANCE_COLUMNS, (value) => rowsOf(instances, value))],
      [4, tableOf(INTERFACE_COLUMNS, (value) => rowsOf(interfaces, (byIndex) => rowsAt(byIndex, value)))],
      [5, tableOf(SCRIPT_COLUMNS, (value) => rowsOf(scripts, (tracks) => rowsOf(tracks, value)))],
      [6, tableOf(ADDRESS_COLUMNS, (value) => rowsOf(addresses, (vips) => rowsOf(vips, value)))],
    ]),
  );
}

/** The names of the columns in the MIB, with their identifiers below the node `vrrp`. */
export function vrrpColumns(): readonly (readonly [name: string, oid: readonly number[]])[] {
  const tables: readonly (readonly (readonly [number: number, name: string, value: unknown])[])[] = [
    GROUP_COLUMNS,
    MEMBER_COLUMNS,
    INSTANCE_COLUMNS,
    INTERFACE_COLUMNS,
    SCRIPT_COLUMNS,
    ADDRESS_COLUMNS,
  ];
  return tables.flatMap((columns, table) => columns.map(([number, name]) => [name, [table + 1, 1, number]] as const));
}

/** Rows with the numbers from 1. */
function rowsOf<Row>(rows: readonly Row[], value: (row: Row) => SnmpNode | undefined): SnmpBranch {
  return branchOfLength(rows.length, (number) => {
    const row = rows[number - 1];
    return row === undefined ? undefined : value(row);
  });
}

/** Rows with numbers of their own. */
function rowsAt<Row>(rows: ReadonlyMap<number, Row>, value: (row: Row) => SnmpValue | undefined): SnmpBranch {
  return branchOf(
    new Map([...rows].flatMap(([number, row]) => {
      const cell = value(row);
      return cell === undefined ? [] : [[number, cell] as const];
    })),
  );
}

/** What a router tracks of one kind. */
function tracksOf({ tracks }: SnmpRouter, kind: "command" | "interface"): readonly Track[] {
  return tracks.filter(({ label }) => label.startsWith(`${kind} `))
    .map(({ label, weight }) => ({ name: label.slice(kind.length + 1), weight }));
}

/** The tracked interfaces by their numbers. */
function interfacesOf(router: SnmpRouter, indexOf: SnmpVrrp["indexOf"]): ReadonlyMap<number, Track> {
  return new Map(
    tracksOf(router, "interface").flatMap((track) => {
      const index = indexOf(track.name);
      return index === undefined ? [] : [[index, track] as const];
    }),
  );
}

function stateNumber(state: string | undefined): SnmpValue {
  return integer(state === undefined ? UNKNOWN_STATE : STATES[state] ?? UNKNOWN_STATE);
}
