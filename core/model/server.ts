import { type AddressFamily, addressSortKey, compareAddresses, formatEndpoint, type IpAddress } from "./address.ts";

/** Forwarding methods that can be configured, by the names that LVS itself uses. */
export const FORWARDING_METHODS = ["nat", "dr", "tun"] as const;

/**
 * How packets reach a real server. `local` and `bypass` are only read from the kernel, which chooses `local` for an
 * address of its own.
 */
export type ForwardingMethod = (typeof FORWARDING_METHODS)[number] | "local" | "bypass";

/** The method that a change sends for a forwarding method: `dr` for `local`, which the kernel only reports. */
export function requestedForward(forward: ForwardingMethod): Exclude<ForwardingMethod, "local"> {
  return forward === "local" ? "dr" : forward;
}

/** ipvsadm's names for the forwarding methods, as it takes and as it prints them; they are accepted on input. */
export const FORWARDING_ALIASES: Readonly<Record<string, ForwardingMethod>> = {
  Masq: "nat",
  Route: "dr",
  Tunnel: "tun",
  masq: "nat",
  masquerading: "nat",
  gate: "dr",
  gatewaying: "dr",
  route: "dr",
  ipip: "tun",
  tunnel: "tun",
};

/** Encapsulations of the forwarding method `tun`. */
export const TUNNEL_TYPES = ["ipip", "gue", "gre"] as const;

/** Checksum options of gue and gre tunnels; remote checksum offload is for gue only. */
export const TUNNEL_CHECKSUMS = ["none", "csum", "remcsum"] as const;

/** How a tunnelled server's packets are encapsulated. */
export interface Tunnel {
  /** Encapsulation. */
  readonly type: (typeof TUNNEL_TYPES)[number];
  /** UDP port of a gue tunnel; 0 for the others. */
  readonly port: number;
  /** Checksums of the outer packets. */
  readonly checksum: (typeof TUNNEL_CHECKSUMS)[number];
}

/** The default tunnel: IP in IP. */
export const DEFAULT_TUNNEL: Tunnel = { type: "ipip", port: 0, checksum: "none" };

/** Bytes of the header of a tunnel; gue has a UDP header before its own. */
const TUNNEL_BYTES: Readonly<Record<Tunnel["type"], number>> = { ipip: 0, gre: 4, gue: 8 + 4 };
const IP_BYTES: Readonly<Record<AddressFamily, number>> = { ipv4: 20, ipv6: 40 };

/** Bytes of an IP header. */
export function ipHeaderBytes(family: AddressFamily): number {
  return IP_BYTES[family];
}

/** Bytes that a tunnel adds to a packet, the outer IP header included. */
export function tunnelOverhead(family: AddressFamily, type: Tunnel["type"]): number {
  return IP_BYTES[family] + TUNNEL_BYTES[type];
}

/** Identity of a real server within its virtual service. */
export interface ServerId {
  /** The RIP. */
  readonly address: IpAddress;
  /** Port that the server listens on. */
  readonly port: number;
}

/** A real server of a virtual service. */
export interface RealServer extends ServerId {
  /** Forwarding method. */
  readonly forward: ForwardingMethod;
  /** Share of new connections, 0 to 2147483647; 0 is quiesced: no new connections. */
  readonly weight: number;
  /** Number of connections at which it gets no new ones; 0 is no limit. */
  readonly upperThreshold: number;
  /** Number of connections below which it gets new ones again; 0 is three quarters of the upper threshold. */
  readonly lowerThreshold: number;
  /** Meaningful for the forwarding method `tun` only. */
  readonly tunnel: Tunnel;
}

/** Largest weight and threshold that the kernel accepts. */
export const MAX_WEIGHT = 0x7fffffff;

/** The server's name within its service: "10.0.0.11:8080". */
export function formatServerId(id: ServerId): string {
  return formatEndpoint(id.address, id.port);
}

/** Text that sorts like the servers: by address, then port. */
export function serverSortKey(id: ServerId): string {
  return addressSortKey(id.address) + String.fromCharCode(id.port);
}

/** Orders servers by address, then port. */
export function compareServerIds(a: ServerId, b: ServerId): number {
  return compareAddresses(a.address, b.address) || a.port - b.port;
}
