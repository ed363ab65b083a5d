import type { AttributeTable } from "../netlink/mod.ts";

/** Top level (IPVS_CMD_ATTR_*). Timeouts are in seconds. */
export const COMMAND = {
  service: { type: 1, kind: "nested" },
  dest: { type: 2, kind: "nested" },
  daemon: { type: 3, kind: "nested" },
  timeoutTcp: { type: 4, kind: "u32" },
  timeoutTcpFin: { type: 5, kind: "u32" },
  timeoutUdp: { type: 6, kind: "u32" },
} as const satisfies AttributeTable;

/** Settings of a service (IPVS_SVC_ATTR_*). */
export const SERVICE_SETTINGS = {
  family: { type: 1, kind: "u16" },
  protocol: { type: 2, kind: "u16" },
  /** An IPv4 address is in the first 4 bytes, and the rest is zero. */
  address: { type: 3, kind: "binary", length: 16 },
  port: { type: 4, kind: "be16" },
  /** If not 0, a firewall-mark service: protocol, address and port are ignored. */
  mark: { type: 5, kind: "u32" },
  scheduler: { type: 6, kind: "string" },
  /** New flags, and the mask of the bits to change. */
  flags: { type: 7, kind: "u32pair" },
  timeout: { type: 8, kind: "u32" },
  /** Bytes, because an IPv4 netmask is in network byte order, and an IPv6 prefix length in host byte order. */
  netmask: { type: 9, kind: "binary", length: 4 },
  engine: { type: 11, kind: "string" },
} as const satisfies AttributeTable;

/** A service with its traffic. */
export const SERVICE = {
  ...SERVICE_SETTINGS,
  statistics: { type: 10, kind: "nested" },
  /** Since Linux 4.1. */
  statistics64: { type: 12, kind: "nested" },
} as const satisfies AttributeTable;

/** Settings of a destination (IPVS_DEST_ATTR_*). Large tables are fast to read because only these are decoded. */
export const DEST_SETTINGS = {
  address: { type: 1, kind: "binary", length: 16 },
  port: { type: 2, kind: "be16" },
  forward: { type: 3, kind: "u32" },
  weight: { type: 4, kind: "u32" },
  upperThreshold: { type: 5, kind: "u32" },
  lowerThreshold: { type: 6, kind: "u32" },
  /** Since Linux 3.18; the service's family if absent. */
  family: { type: 11, kind: "u16" },
  /** Since Linux 5.2. */
  tunnelType: { type: 13, kind: "u8" },
  tunnelPort: { type: 14, kind: "be16" },
  /** Since Linux 5.3. */
  tunnelFlags: { type: 15, kind: "u16" },
} as const satisfies AttributeTable;

/** A destination with its connections. */
export const DEST_COUNTED = {
  ...DEST_SETTINGS,
  activeConnections: { type: 7, kind: "u32" },
  inactiveConnections: { type: 8, kind: "u32" },
  persistentConnections: { type: 9, kind: "u32" },
} as const satisfies AttributeTable;

/** A destination with its connections and its traffic. */
export const DEST = {
  ...DEST_COUNTED,
  statistics: { type: 10, kind: "nested" },
  /** Since Linux 4.1. */
  statistics64: { type: 12, kind: "nested" },
} as const satisfies AttributeTable;

/** Statistics in 64 bits (IPVS_STATS_ATTR_*). */
export const STATISTICS64 = {
  connections: { type: 1, kind: "u64" },
  inPackets: { type: 2, kind: "u64" },
  outPackets: { type: 3, kind: "u64" },
  inBytes: { type: 4, kind: "u64" },
  outBytes: { type: 5, kind: "u64" },
  connectionRate: { type: 6, kind: "u64" },
  inPacketRate: { type: 7, kind: "u64" },
  outPacketRate: { type: 8, kind: "u64" },
  inByteRate: { type: 9, kind: "u64" },
  outByteRate: { type: 10, kind: "u64" },
} as const satisfies AttributeTable;

/** Statistics of kernels before 4.1: only the bytes have 64 bits. */
export const STATISTICS32 = {
  connections: { type: 1, kind: "u32" },
  inPackets: { type: 2, kind: "u32" },
  outPackets: { type: 3, kind: "u32" },
  inBytes: { type: 4, kind: "u64" },
  outBytes: { type: 5, kind: "u64" },
  connectionRate: { type: 6, kind: "u32" },
  inPacketRate: { type: 7, kind: "u32" },
  outPacketRate: { type: 8, kind: "u32" },
  inByteRate: { type: 9, kind: "u32" },
  outByteRate: { type: 10, kind: "u32" },
} as const satisfies AttributeTable;

/** A sync daemon (IPVS_DAEMON_ATTR_*). */
export const DAEMON = {
  state: { type: 1, kind: "u32" },
  interface: { type: 2, kind: "string" },
  syncId: { type: 3, kind: "u32" },
  maxLength: { type: 4, kind: "u16" },
  group: { type: 5, kind: "binary", length: 4 },
  group6: { type: 6, kind: "binary", length: 16 },
  /** In host byte order, unlike every other port. */
  port: { type: 7, kind: "u16" },
  ttl: { type: 8, kind: "u8" },
} as const satisfies AttributeTable;

/** Version and size of the kernel's IPVS (IPVS_INFO_ATTR_*), at the top level of the message. */
export const INFO = {
  version: { type: 1, kind: "u32" },
  connectionTableSize: { type: 2, kind: "u32" },
} as const satisfies AttributeTable;
