import { ETHERNET_LENGTH } from "./frame.ts";
import { IP_PROTOCOL } from "./ip_packet.ts";

/** An instruction of a filter, and how many of the next ones to skip by its condition. */
interface Instruction {
  readonly code: number;
  readonly operand: number;
  readonly ifTrue?: number;
  readonly ifFalse?: number;
}

/** Codes of the classic BPF (linux/bpf_common.h). */
const BPF = {
  loadByte: 0x30,
  loadHalfAtIndex: 0x48,
  /** Puts the length of the IPv4 header at an offset into the index. */
  indexHeader: 0xb1,
  setIndex: 0x01,
  jumpIfEqual: 0x15,
  jumpIfGreater: 0x25,
  jumpIfNotLess: 0x35,
  return: 0x06,
} as const;

/** Bytes of an IPv6 header. */
const IPV6_LENGTH = 40;

/** Bytes of struct sock_filter (linux/filter.h). */
const INSTRUCTION_LENGTH = 8;

/** The length to which a wanted frame is cut off; bytes. */
const WHOLE = 0xffff;

/**
 * A filter for TCP segments from or to a range of ports, and for all ICMP: a busy director has too many other packets.
 *
 * @returns The instructions as struct sock_filter, one after the other.
 */
export function answerFilter({ family, first, last }: {
  readonly family: "ipv4" | "ipv6";
  readonly first: number;
  readonly last: number;
}): Uint8Array<ArrayBuffer> {
  const isIpv4 = family === "ipv4";
  const icmp = isIpv4 ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6;
  return encode([
    { code: BPF.loadByte, operand: ETHERNET_LENGTH + (isIpv4 ? 9 : 6) },
    { code: BPF.jumpIfEqual, operand: icmp, ifTrue: 8, ifFalse: 0 },
    { code: BPF.jumpIfEqual, operand: IP_PROTOCOL.tcp, ifTrue: 0, ifFalse: 8 },
    isIpv4 ? { code: BPF.indexHeader, operand: ETHERNET_LENGTH } : { code: BPF.setIndex, operand: IPV6_LENGTH },
    { code: BPF.loadHalfAtIndex, operand: ETHERNET_LENGTH + 2 },
    { code: BPF.jumpIfNotLess, operand: first, ifTrue: 0, ifFalse: 1 },
    { code: BPF.jumpIfGreater, operand: last, ifTrue: 0, ifFalse: 3 },
    { code: BPF.loadHalfAtIndex, operand: ETHERNET_LENGTH },
    { code: BPF.jumpIfNotLess, operand: first, ifTrue: 0, ifFalse: 2 },
    { code: BPF.jumpIfGreater, operand: last, ifTrue: 1, ifFalse: 0 },
    { code: BPF.return, operand: WHOLE },
    { code: BPF.return, operand: 0 },
  ]);
}

/** A filter for what neighbours answer: all of ARP, and all ICMPv6. */
export function neighbourFilter(family: "ipv4" | "ipv6"): Uint8Array<ArrayBuffer> {
  if (family === "ipv4") return encode([{ code: BPF.return, operand: WHOLE }]);
  return encode([
    { code: BPF.loadByte, operand: ETHERNET_LENGTH + 6 },
    { code: BPF.jumpIfEqual, operand: IP_PROTOCOL.icmpv6, ifTrue: 0, ifFalse: 1 },
    { code: BPF.return, operand: WHOLE },
    { code: BPF.return, operand: 0 },
  ]);
}

function encode(instructions: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_LENGTH);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, operand, ifTrue = 0, ifFalse = 0 }] of instructions.entries()) {
    const start = index * INSTRUCTION_LENGTH;
    view.setUint16(start, code, true);
    view.setUint8(start + 2, ifTrue);
    view.setUint8(start + 3, ifFalse);
    view.setUint32(start + 4, operand, true);
  }
  return bytes;
}
