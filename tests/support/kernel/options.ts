/** Properties of an in-memory kernel; by default those of Linux 6.1 in the lab's guest. */
export interface MemoryKernelOptions {
  /** Number of the IPVS family on this kernel. */
  readonly family?: number;
  /** Available schedulers. */
  readonly schedulers?: readonly string[];
  /** Available persistence engines. */
  readonly engines?: readonly string[];
  /** Network interfaces and their MTU. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** Whether it supports IPv6. */
  readonly hasIpv6?: boolean;
  /** Whether it supports tunnel types (Linux 5.2 and later); if not, it ignores their attributes. */
  readonly hasTunnelTypes?: boolean;
  /** Whether a server with an address of this machine gets the forwarding method `local` (before Linux 2.6.37). */
  readonly reportsLocalNodes?: boolean;
  /** Size of the queue of answers, counted as the kernel counts; further answers are lost (ENOBUFS). */
  readonly receiveBufferBytes?: number;
  /** Largest datagram of a dump; bytes. */
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
