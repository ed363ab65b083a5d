import { addressFamily, type CheckPath, type PingCheck, type ServerId } from "../../model/mod.ts";
import { type ExchangeOptions, type Outcome, requireNetwork, toOutcome } from "../../net/mod.ts";
import { exchangeOn } from "./datagrams.ts";

/** Types of ICMP and ICMPv6 messages. */
const TYPES = {
  ipv4: { request: 8, reply: 0 },
  ipv6: { request: 128, reply: 129 },
} as const;

const HEADER_BYTES = 8;
const PAYLOAD_BYTES = 16;

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The `ping` prober: an echo request is answered. */
export async function probePing(
  target: ServerId,
  check: PingCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const { signal } = options;
  const family = addressFamily(target.address);
  const types = TYPES[family];
  // Random identifier, sequence and payload distinguish the reply from other replies.
  const request = crypto.getRandomValues(new Uint8Array(HEADER_BYTES + PAYLOAD_BYTES));
  request.set([types.request, 0, 0, 0]);
  // The kernel computes the checksum of ICMPv6, which includes the addresses.
  const sum = family === "ipv4" ? checksum(request) : 0;
  request.set([sum >> 8, sum & 255], 2);
  const isOurs = (bytes: Uint8Array): boolean => request.subarray(4).every((byte, index) => bytes[4 + index] === byte);
  const judge = (datagram: Uint8Array): Outcome | undefined => {
    const start = family === "ipv4" ? ((datagram[0] ?? 0) & 15) * 4 : 0;
    const message = datagram.subarray(start);
    if (message[0] === types.reply && isOurs(message)) return { ok: true, detail: "echo reply" };
    return undefined;
  };
  try {
    using socket = requireNetwork(options).openIcmp(target.address, { binding: check, signal });
    return await exchangeOn(socket, { options, request: () => request, judge });
  } catch (error) {
    return toOutcome(error, { signal, awaited: "echo reply" });
  }
}
