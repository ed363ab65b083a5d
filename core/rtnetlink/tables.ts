import type { AttributeTable } from "../netlink/mod.ts";

/** Attributes of an address (linux/if_addr.h), named without IFA_. */
export const ADDRESS = {
  /** The other end's address on a point-to-point interface. */
  address: { type: 1, kind: "binary" },
  /** The interface's own address; always present for IPv4. */
  local: { type: 2, kind: "binary" },
  label: { type: 3, kind: "string" },
  /** Lifetimes (struct ifa_cacheinfo). */
  lifetimes: { type: 6, kind: "binary" },
  flags: { type: 8, kind: "u32" },
  /** Mark of the program that added the address; since Linux 5.18. */
  protocol: { type: 11, kind: "u8" },
} as const satisfies AttributeTable;

/** Attributes of an interface (linux/if_link.h), named without IFLA_. */
export const LINK = {
  address: { type: 1, kind: "binary" },
  name: { type: 3, kind: "string" },
  mtu: { type: 4, kind: "u32" },
  /** Number of the interface below a virtual one. */
  parent: { type: 5, kind: "u32" },
  info: { type: 18, kind: "nested" },
} as const satisfies AttributeTable;

/** Attributes of an interface's kind (linux/if_link.h), named without IFLA_INFO_. */
export const LINK_INFO = {
  kind: { type: 1, kind: "string" },
  data: { type: 2, kind: "nested" },
} as const satisfies AttributeTable;

/** Attributes of an interface of kind macvlan (linux/if_link.h), named without IFLA_MACVLAN_. */
export const MACVLAN = {
  mode: { type: 1, kind: "u32" },
} as const satisfies AttributeTable;

/** Attributes of a route (linux/rtnetlink.h), named without RTA_. */
export const ROUTE = {
  destination: { type: 1, kind: "binary" },
  /** Number of the outgoing interface. */
  outputInterface: { type: 4, kind: "u32" },
  gateway: { type: 5, kind: "binary" },
  /** Source address of the packets. */
  preferredSource: { type: 7, kind: "binary" },
  /** A gateway of the other family: 16 bits of family, and the address. */
  via: { type: 18, kind: "binary" },
} as const satisfies AttributeTable;

/** Attributes of a neighbour (linux/neighbour.h), named without NDA_. */
export const NEIGHBOUR = {
  destination: { type: 1, kind: "binary" },
  hardwareAddress: { type: 2, kind: "binary" },
} as const satisfies AttributeTable;
