import type { FouPort } from "../fou/mod.ts";
import { addressFamily } from "../model/mod.ts";
import { interfaceSysctl } from "../host/mod.ts";
import type { DeviceAddress, MachineState } from "./machine.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/** One thing that a real server needs. */
export type Requirement =
  | {
    readonly kind: "sysctl";
    readonly name: string;
    /** The value to set. */
    readonly value: string;
    /** The values that suffice, the one to set included. */
    readonly accepted: readonly string[];
  }
  | {
    readonly kind: "link";
    readonly name: string;
    /** The kind to create it with if it is missing; undefined for lo, which always exists. */
    readonly linkKind?: string;
  }
  | ({ readonly kind: "fouPort" } & FouPort)
  | ({ readonly kind: "address" } & DeviceAddress);

/** arp_ignore: 1 and 2 answer only for addresses of the interface that received the request; 8 answers none. */
export const ARP_IGNORE = {
  name: "net.ipv4.conf.all.arp_ignore",
  value: "1",
  accepted: ["1", "2", "8"],
} as const;
/** arp_announce: 2 uses an address of the sending interface in ARP requests, never the VIP. */
export const ARP_ANNOUNCE = { name: "net.ipv4.conf.all.arp_announce", value: "2", accepted: ["2"] } as const;

/** The kernel applies the larger of this value and the interface's own. */
export const RP_FILTER_OF_ALL = "net.ipv4.conf.all.rp_filter";

/**
 * The requirements of set-ups, each once, in the order of their creation: before a VIP is added, no neighbour can learn
 * of it, and its packets are accepted.
 */
export function requirementsOf(
  setups: readonly VipSetup[],
  current: Pick<MachineState, "sysctl">,
): readonly Requirement[] {
  const requirements = new Map<string, Requirement>();
  const stages: readonly ((setup: VipSetup) => readonly Requirement[])[] = [
    arpSysctls,
    links,
    (setup) => linkSysctls(setup, { setups, current }),
    fouPorts,
    ({ address, device }) => [{ kind: "address", address, device }],
  ];
  for (const stage of stages) {
    for (const requirement of setups.flatMap(stage)) requirements.set(requirementKey(requirement), requirement);
  }
  return [...requirements.values()];
}

/** A key that all requirements of the same thing share. */
function requirementKey(requirement: Requirement): string {
  switch (requirement.kind) {
    case "sysctl":
    case "link":
      return `${requirement.kind} ${requirement.name}`;
    case "fouPort":
      return `fouPort ${requirement.port} ${requirement.family}`;
    case "address":
      return `address ${requirement.address} ${requirement.device}`;
  }
}

/** IPv6 has no such sysctls: neighbour discovery finds an interface's own addresses only. */
function arpSysctls({ address }: VipSetup): readonly Requirement[] {
  return addressFamily(address) === "ipv6" ? [] : [{ kind: "sysctl", ...ARP_IGNORE }, {
    kind: "sysctl",
    ...ARP_ANNOUNCE,
  }];
}

function links(setup: VipSetup): readonly Requirement[] {
  const tunnel = linkOfSetup(setup);
  const { device } = setup;
  const own = device === "lo" ? {} : { linkKind: "dummy" };
  return [
    ...(tunnel === undefined ? [] : [{ kind: "link", name: tunnel.name, linkKind: tunnel.kind } as const]),
    ...(device === tunnel?.name ? [] : [{ kind: "link", name: device, ...own } as const]),
  ];
}

function linkSysctls(
  setup: VipSetup,
  { setups, current }: { readonly setups: readonly VipSetup[]; readonly current: Pick<MachineState, "sysctl"> },
): readonly Requirement[] {
  const tunnel = linkOfSetup(setup)?.name;
  const { address, device } = setup;
  if (addressFamily(address) === "ipv6") {
    return [...new Set([tunnel ?? device, device])].map((name) => ({
      kind: "sysctl",
      name: interfaceSysctl("ipv6", { device: name, key: "disable_ipv6" }),
      value: "0",
      accepted: ["0"],
    }));
  }
  if (tunnel === undefined) return [];
  const name = interfaceSysctl("ipv4", { device: tunnel, key: "rp_filter" });
  const hasAddress = setups.some((other) => other.device === tunnel && addressFamily(other.address) === "ipv4");
  const accepted = acceptedRpFilters({ hasAddress, ofAll: current.sysctl(RP_FILTER_OF_ALL) });
  return [{ kind: "sysctl", name, value: hasAddress ? "2" : "0", accepted }];
}

/**
 * The values of a tunnel interface's rp_filter with which the kernel accepts packets from clients, whose route leads
 * through another interface. The effective value must be 0 (off), or 2 (loose) if the interface has an IPv4 address;
 * without an address, loose filtering drops as much as strict filtering.
 */
export function acceptedRpFilters(
  { hasAddress, ofAll = "0" }: { readonly hasAddress: boolean; readonly ofAll?: string | undefined },
): readonly string[] {
  return ["0", "1", "2"].filter((own) => {
    const effective = Math.max(Number(own), Number(ofAll));
    return effective === 0 || (effective === 2 && hasAddress);
  });
}

function fouPorts({ address, tunnel }: VipSetup): readonly Requirement[] {
  if (tunnel?.type !== "gue") return [];
  return [{ kind: "fouPort", port: tunnel.port, family: addressFamily(address) }];
}
