import { encodeAdvertisement, VRRP_GROUP } from "../../../core/vrrp/advertisement.ts";
import { decodeAdvertisement } from "../../../core/vrrp/decode_advertisement.ts";
import { readIpv4Packet } from "../../../core/vrrp/ipv4_packet.ts";
import { parseIpAddress } from "../../../core/model/mod.ts";
import { fromHex } from "../../support/hex.ts";
import { type FuzzTarget, require, splitHeader, withHeader } from "../target.ts";

const IPV6 = { source: parseIpAddress("fe80::1"), destination: VRRP_GROUP.ipv6, hopLimit: 255 };

const SEEDS: readonly (readonly [family: string, bytes: string])[] = [
  ["ipv4", "45c00028 00010000 ff700000 0a090001 e0000012 21336401 010101df 0a090064 7365637265743132"],
  ["ipv4", "45c00020 00010000 ff700000 0a090001 e0000012 313f6401 001475a2 0a090067"],
  ["ipv4", "45c00020 00010000 ff700000 0a090001 0a090002 313d6401 00144bae 0a090065"],
  ["ipv6", "31336401 00640000 fe800000 00000000 00000000 00000051"],
];

/** The decoder of packets of VRRP: it never throws, and what it accepts is what its encoder writes. */
export function vrrp(): FuzzTarget {
  return {
    name: "vrrp",
    seeds: SEEDS.map(([family, bytes]) => withHeader(family, fromHex(bytes))),
    words: ["\x21", "\x31", "\x45", "\x46", "\x70", "\xe0\x00\x00\x12", "ipv6"],
    maxBytes: 9000,
    run: (input) => {
      const { header, body } = splitHeader(input);
      const received = header === "ipv6" ? { message: body, ...IPV6 } : readIpv4Packet(body);
      if (received === undefined) return;
      const decoded = decodeAdvertisement(received);
      if ("malformation" in decoded) return;
      const { advertisement, source, destination } = decoded;
      require(
        advertisement.addresses.length >= 1 && advertisement.addresses.length <= 255,
        "it has 1 to 255 addresses",
      );
      require(advertisement.intervalMs > 0, "its interval is not 0");
      const again = encodeAdvertisement(advertisement, { source, destination, form: "message" });
      const { length } = received.message;
      require(again.length === length && again[1] === received.message[1], "the encoder writes the same message");
    },
  };
}
