/**
 * Numbers of linux/ip_vs.h, by the names that they have there.
 *
 * @module
 */

/** Name of the generic-netlink family. */
export const IPVS_GENL_NAME = "IPVS";
/** Version of the family. */
export const IPVS_GENL_VERSION = 1;

/** Commands (enum ip_vs_genl_cmd_attrs ... IPVS_CMD_*). */
export const IPVS_CMD = {
  NEW_SERVICE: 1,
  SET_SERVICE: 2,
  DEL_SERVICE: 3,
  GET_SERVICE: 4,
  NEW_DEST: 5,
  SET_DEST: 6,
  DEL_DEST: 7,
  GET_DEST: 8,
  NEW_DAEMON: 9,
  DEL_DAEMON: 10,
  GET_DAEMON: 11,
  SET_CONFIG: 12,
  GET_CONFIG: 13,
  SET_INFO: 14,
  GET_INFO: 15,
  ZERO: 16,
  FLUSH: 17,
} as const;

/** Options of an IPv4 socket by which the kernel lists its table (IP_VS_SO_GET_*). */
export const IP_VS_SO_GET = { SERVICES: 1154, DESTS: 1156 } as const;

/** Address families (sys/socket.h). */
export const AF_INET = 2;
/** IPv6. */
export const AF_INET6 = 10;

/** IP protocol numbers (netinet/in.h). */
export const IPPROTO = { tcp: 6, udp: 17, sctp: 132 } as const;

/** The service is persistent. */
export const IP_VS_SVC_F_PERSISTENT = 0x1;
/** One-packet scheduling. */
export const IP_VS_SVC_F_ONEPACKET = 0x4;
/** Bit of the first of three scheduler flags (IP_VS_SVC_F_SCHED1 is 0x8). */
export const IP_VS_SVC_F_SCHED_SHIFT = 3;

/** Low bits of the connection flags: the forwarding method. */
export const IP_VS_CONN_F_FWD_MASK = 0x7;

/** Forwarding methods (IP_VS_CONN_F_*). */
export const IP_VS_CONN_F = { nat: 0, local: 1, tun: 2, dr: 3, bypass: 4 } as const;

/** Tunnel types (IP_VS_CONN_F_TUNNEL_TYPE_*). */
export const IP_VS_TUNNEL_TYPE = { ipip: 0, gue: 1, gre: 2 } as const;

/** Tunnel checksum options (IP_VS_TUNNEL_ENCAP_FLAG_*). */
export const IP_VS_TUNNEL_FLAG = { none: 0, csum: 1, remcsum: 2 } as const;

/** Roles of sync daemons (IP_VS_STATE_*). */
export const IP_VS_STATE = { master: 1, backup: 2 } as const;
