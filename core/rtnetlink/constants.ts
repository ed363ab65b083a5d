/** Types of routing messages (linux/rtnetlink.h). */
export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  GETROUTE: 26,
  NEWNEIGH: 28,
  GETNEIGH: 30,
} as const;

/** Types of routes (linux/rtnetlink.h). */
export const RTN = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

/** States of an entry of the neighbour table (linux/neighbour.h). */
export const NUD = {
  INCOMPLETE: 0x01,
  FAILED: 0x20,
} as const;

/** Flags of an address (linux/if_addr.h). */
export const IFA_F = {
  /** The kernel did not look for duplicates. */
  NODAD: 0x02,
  /** The kernel found a duplicate. */
  DADFAILED: 0x08,
  /** The kernel is looking for duplicates. */
  TENTATIVE: 0x40,
  /** The kernel added no route to the prefix. */
  NOPREFIXROUTE: 0x200,
} as const;

/** Flags of an interface (linux/if.h). */
export const IFF = {
  /** The interface is up. */
  UP: 0x1,
  /** The interface has no ARP. */
  NOARP: 0x80,
} as const;

/** Kind of an interface with Ethernet frames (linux/if_arp.h). */
export const ARPHRD_ETHER = 1;

/** Kind of the loopback interface (linux/if_arp.h). */
export const ARPHRD_LOOPBACK = 772;

/** Address families (sys/socket.h). */
export const AF = { ipv4: 2, ipv6: 10 } as const;

/** Scopes of addresses (linux/rtnetlink.h, rt_scope_t). */
export const RT_SCOPE = { global: 0, site: 200, link: 253, host: 254 } as const;

/**
 * The protocol number by which lvsctl marks its addresses ("L"). Linux stores it since 5.18 and does not interpret it;
 * 1 to 3 are the kernel's own. With a line "76 lvsctl" in /etc/iproute2/rt_addrprotos, `ip` prints the name.
 */
export const LVSCTL_ADDRESS_PROTOCOL = 76;

/**
 * The protocol number of lvsctl's addresses on a real server ("M"). It keeps them apart from a director's VIPs on the
 * same machine, which `vip` and `save` manage.
 */
export const REAL_SERVER_ADDRESS_PROTOCOL = 77;

/**
 * The protocol number of the addresses of VRRP ("N"). It keeps them apart from VIPs that `vip` and `save` manage, because
 * they are on the active director only.
 */
export const VRRP_ADDRESS_PROTOCOL = 78;
