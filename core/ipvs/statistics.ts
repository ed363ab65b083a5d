import type { Statistics } from "../model/mod.ts";
import { decodeAttributes } from "../netlink/mod.ts";
import { STATISTICS32, STATISTICS64 } from "./tables.ts";

/** The two attributes of a service's or a server's traffic. */
export interface StatisticsAttributes {
  /** Attribute of every kernel. */
  readonly statistics?: Uint8Array;
  /** Attribute of Linux 4.1 and later. */
  readonly statistics64?: Uint8Array;
}

/**
 * Reads traffic, from the 64-bit attribute if the kernel sends it; an absent number is 0.
 *
 * @throws {NetlinkDecodeError} If the attribute is cut off.
 */
export function readStatistics(attributes: StatisticsAttributes): Statistics {
  const { statistics, statistics64 } = attributes;
  const values = statistics64 !== undefined
    ? decodeAttributes(statistics64, STATISTICS64)
    : decodeAttributes(statistics ?? new Uint8Array(), STATISTICS32);
  const amount = (value: number | bigint | undefined): bigint => BigInt(value ?? 0);
  return {
    counters: {
      connections: amount(values.connections),
      inPackets: amount(values.inPackets),
      outPackets: amount(values.outPackets),
      inBytes: amount(values.inBytes),
      outBytes: amount(values.outBytes),
    },
    rates: {
      connections: amount(values.connectionRate),
      inPackets: amount(values.inPacketRate),
      outPackets: amount(values.outPacketRate),
      inBytes: amount(values.inByteRate),
      outBytes: amount(values.outByteRate),
    },
  };
}
