/** What an in-memory kernel is like; without options it is Linux 6.1 as it runs in the lab's guest. */
export interface MemoryKernelOptions {
  /** Number that the IPVS family has on this kernel. */
  readonly family?: number;
  /** Schedulers that exist. */
  readonly schedulers?: readonly string[];
  /** Persistence engines that exist. */
  readonly engines?: readonly string[];
  /** Network interfaces and their MTU. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** Whether IPv6 is there. */
  readonly hasIpv6?: boolean;
  /** Whether it knows tunnel types (Linux 5.2 and later); otherwise it passes over their attributes. */
  readonly hasTunnelTypes?: boolean;
  /** Whether a server with an address of this machine is given the forwarding method `local` (before Linux 2.6.37). */
  readonly reportsLocalNodes?: boolean;
  /** Bytes that the queue of answers holds, counted as the kernel counts them; what does not fit is lost (ENOBUFS). */
  readonly receiveBufferBytes?: number;
  /** Bytes in one datagram of a dump at the most. */
  readonly dumpBytes?: number;
}

/** The options of Linux 6.1 in the lab's guest. */
export const LINUX_6_1: Required<MemoryKernelOptions> = {
  family: 0x1c,
  schedulers: ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh"],
  engines: ["sip"],
  interfaces: { lo: 65536, eth0: 1500 },
  hasIpv6: true,
  hasTunnelTypes: true,
  reportsLocalNodes: false,
  // net.core.rmem_max is 212992, and setsockopt doubles it.
  receiveBufferBytes: 425984,
  dumpBytes: 8192,
};
