import type { FouPort } from "../fou/mod.ts";
import { addressFamily } from "../model/mod.ts";
import { interfaceSysctl } from "../host/mod.ts";
import type { AddressPlace, View } from "./machine.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/** Something that a real server has to have. */
export type Requirement =
  | {
    readonly kind: "sysctl";
    readonly name: string;
    /** What it is set to. */
    readonly value: string;
    /** What will do as well. */
    readonly accepted: readonly string[];
  }
  | {
    readonly kind: "link";
    readonly name: string;
    /** The kind of which it is made where it is missing; undefined for lo, which is never. */
    readonly linkKind?: string;
  }
  | ({ readonly kind: "fouPort" } & FouPort)
  | ({ readonly kind: "address" } & AddressPlace);

/** arp_ignore: answers for the addresses of the interface that was asked only; 8 is never. */
export const ARP_IGNORE = {
  name: "net.ipv4.conf.all.arp_ignore",
  value: "1",
  accepted: ["1", "2", "8"],
} as const;
/** arp_announce: says who it is with an address of the interface that it asks on, never with the VIP. */
export const ARP_ANNOUNCE = { name: "net.ipv4.conf.all.arp_announce", value: "2", accepted: ["2"] } as const;

/** Applies to an interface as the larger one of this and its own. */
export const RP_FILTER_OF_ALL = "net.ipv4.conf.all.rp_filter";

/**
 * What set-ups need, each thing once, in the order in which it is to be made: before a VIP is there, nobody may be told
 * of it, and packets for it can be taken.
 */
export function requirementsOf(setups: readonly VipSetup[], view: Pick<View, "sysctl">): readonly Requirement[] {
  const found = new Map<string, Requirement>();
  const stages: readonly ((setup: VipSetup) => readonly Requirement[])[] = [
    arpSysctls,
    links,
    (setup) => linkSysctls(setup, { setups, view }),
    fouPorts,
    ({ address, device }) => [{ kind: "address", address, device }],
  ];
  for (const stage of stages) {
    for (const requirement of setups.flatMap(stage)) found.set(requirementKey(requirement), requirement);
  }
  return [...found.values()];
}

/** What tells a requirement from others; the same for all that are about one thing. */
export function requirementKey(requirement: Requirement): string {
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

/** IPv6 needs no such thing: an interface is asked for its own addresses only. */
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
  { setups, view }: { readonly setups: readonly VipSetup[]; readonly view: Pick<View, "sysctl"> },
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
  const accepted = acceptedRpFilters({ hasAddress, ofAll: view.sysctl(RP_FILTER_OF_ALL) });
  return [{ kind: "sysctl", name, value: hasAddress ? "2" : "0", accepted }];
}

/**
 * The values of a tunnel interface's rp_filter with which the kernel takes packets out of it whose source is routed
 * elsewhere, as every client's is: the effective one has to be 0 (off), or 2 (loose) where the interface has an IPv4
 * address. Without one, loose filtering drops as strict does.
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
