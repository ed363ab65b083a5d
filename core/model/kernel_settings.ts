import type { IpAddress } from "./address.ts";

/** How long the kernel remembers idle connections; seconds. In a change, 0 leaves the value as it is. */
export interface Timeouts {
  /** Established TCP connections. */
  readonly tcpSeconds: number;
  /** TCP connections after a FIN. */
  readonly tcpFinSeconds: number;
  /** UDP flows. */
  readonly udpSeconds: number;
}

/** Longest timeout that ipvsadm and lvsctl accept (31 days); seconds. */
export const MAX_TIMEOUT_SECONDS = 31 * 86400;

/** Role of one of the kernel's connection-synchronisation threads. */
export type SyncRole = "master" | "backup";

/** One of the kernel's connection-synchronisation threads. */
export interface SyncDaemon {
  /** Sends (master) or receives (backup). */
  readonly role: SyncRole;
  /** Network interface of its multicasts. */
  readonly interface: string;
  /** Number from 0 to 255; a backup with 0 accepts every master. */
  readonly syncId: number;
  /** Longest message; bytes. The kernel derives it from the interface's MTU by default. */
  readonly maxLength?: number;
  /** Multicast group; 224.0.0.81 by default. */
  readonly group?: IpAddress;
  /** First UDP port; 8848 by default. */
  readonly port?: number;
  /** Multicast time to live; 1 by default. */
  readonly ttl?: number;
}

/** Version and sizes of the kernel's IPVS. */
export interface IpvsInfo {
  /** Version of the IPVS code: major, minor, patch. */
  readonly version: readonly [number, number, number];
  /** Buckets of the connection hash table. */
  readonly connectionTableSize: number;
}
