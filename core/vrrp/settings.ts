import type { AddressFamily, IpAddress, Vip } from "../model/mod.ts";
import type { ChecksumForm, VrrpVersion } from "./advertisement.ts";

/** When a router takes the addresses from an active one with a lower priority. */
export interface Preemption {
  /** Whether it takes them at all. */
  readonly isAllowed: boolean;
  /** How long it waits after it has heard the other one; milliseconds. */
  readonly delayMs: number;
}

/** One virtual router as it is on the wire: an instance of the file has one for each family of its addresses. */
export interface RouterSettings {
  /** Name of the instance in the file. */
  readonly name: string;
  /** Family of its addresses and packets. */
  readonly family: AddressFamily;
  /** Number of the virtual router, 1 to 255. */
  readonly vrid: number;
  /** Interface of its packets. */
  readonly device: string;
  /** Configured priority, 1 to 255. */
  readonly priority: number;
  /** Version of its messages. */
  readonly version: VrrpVersion;
  /** Time between its advertisements; milliseconds. */
  readonly intervalMs: number;
  /** The virtual addresses, in the order of the messages. */
  readonly vips: readonly Vip[];
  /** Addresses that it has with them, of any family, and that are not in the messages. */
  readonly excludedVips: readonly Vip[];
  /** The other routers; none: messages go to the multicast group. */
  readonly peers: readonly IpAddress[];
  /** Source of its packets; undefined: the first address of the interface. */
  readonly source?: IpAddress | undefined;
  /** Password of version 2; undefined without one. */
  readonly password?: string | undefined;
  /** The form of the checksum in its messages. */
  readonly checksum: ChecksumForm;
  /** When it takes the addresses from an active router. */
  readonly preemption: Preemption;
  /** How long it waits after its start before it takes part; milliseconds. */
  readonly startupDelayMs: number;
  /** Whether its addresses have the hardware address of the virtual router, on an interface of their own. */
  readonly virtualMac: boolean;
  /** What its priority or its state depends on. */
  readonly tracks: readonly TrackSettings[];
}

/** A thing that a router tracks. */
export interface TrackSettings {
  /** What it is: `interface eth1`, `service web`. */
  readonly label: string;
  /** The interface whose link must be up; undefined if the daemon reports the state. */
  readonly interface?: string | undefined;
  /** Added to the priority while it is good (above 0) or bad (below 0); 0: a router with a bad one is at fault. */
  readonly weight: number;
}

/** A router's name for logs and status, unique among all: `edge` and its family. */
export function routerKey({ name, family }: Pick<RouterSettings, "name" | "family">): string {
  return `${name} ${family}`;
}

/** Instances that are active together, or not at all. */
export interface GroupSettings {
  /** Name of the group, unique among groups. */
  readonly name: string;
  /** Names of its instances. */
  readonly members: readonly string[];
}

/** All addresses that a router has while it is active. */
export function addressesOf({ vips, excludedVips }: Pick<RouterSettings, "vips" | "excludedVips">): readonly Vip[] {
  return [...vips, ...excludedVips];
}

/** The interfaces of a router. */
export interface Carriers {
  /** The interface of its addresses. */
  readonly addresses: string;
  /** The interface of its packets. */
  readonly packets: string;
}

/**
 * The interfaces of a router: its own one, or a virtual one for the addresses. Packets to the group have the virtual
 * hardware address too; peers are reached by the routes of the own one.
 */
export function carrierOf(
  { device, family, vrid, virtualMac, peers }: Pick<
    RouterSettings,
    "device" | "family" | "vrid" | "virtualMac" | "peers"
  >,
): Carriers {
  if (!virtualMac) return { addresses: device, packets: device };
  const name = virtualLinkOf({ family, vrid });
  return { addresses: name, packets: peers.length === 0 ? name : device };
}

/** The name of the virtual interface of a router. */
export function virtualLinkOf({ family, vrid }: Pick<RouterSettings, "family" | "vrid">): string {
  return `lvs${family === "ipv4" ? 4 : 6}.${vrid}`;
}

/** Whether an interface has the name of a virtual one of lvsctl. */
export function isVirtualLink(name: string): boolean {
  return /^lvs[46]\.\d{1,3}$/.test(name);
}

/** Whether a router can take other settings in place, and keep its state: its packets have the same port and number. */
export function isSameRouter(one: RouterSettings, other: RouterSettings): boolean {
  return IDENTITY.every((key) => one[key] === other[key]);
}

const IDENTITY = [
  "family",
  "vrid",
  "device",
  "version",
  "virtualMac",
] as const satisfies readonly (keyof RouterSettings)[];
