import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { refusalOf } from "../../../../core/vrrp/acceptance.ts";
import { VRRP_GROUP } from "../../../../core/vrrp/advertisement.ts";
import { decodeAdvertisement } from "../../../../core/vrrp/decode_advertisement.ts";
import { packetOf } from "../../../../core/vrrp/ip_packet.ts";
import { readIpv4Packet } from "../../../../core/vrrp/ipv4_packet.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { routerSettings } from "../../../support/memory_vrrp.ts";

const MESSAGE = fromHex("313f6401 001475a2 0a090067");

Deno.test("packetOf() writes the header of IPv4 as keepalived, without what the kernel completes", () => {
  const carrier = { source: parseIpAddress("10.9.0.1"), destination: VRRP_GROUP.ipv4 };
  const packet = packetOf(MESSAGE, carrier);
  assert.equal(toHex(packet), `45c00020 00000000 ff700000 0a090001 e0000012 ${toHex(MESSAGE)}`);
  assert.deepEqual(readIpv4Packet(packet), { message: MESSAGE, ...carrier, hopLimit: 255 });
});

Deno.test("packetOf() writes the header of IPv6", () => {
  const packet = packetOf(MESSAGE, { source: parseIpAddress("fe80::1"), destination: VRRP_GROUP.ipv6 });
  const [source, destination] = ["fe800000 00000000 00000000 00000001", "ff020000 00000000 00000000 00000012"];
  assert.equal(toHex(packet), `6c000000 000c70ff ${source} ${destination} ${toHex(MESSAGE)}`);
});

/** Packets of keepalived 2.2.7, with the settings of a router that accepts them. */
const PACKETS = [
  {
    bytes: "45c00028 00010000 ff700000 0a090001 e0000012 21336401 010101df 0a090064 7365637265743132",
    settings: routerSettings({ version: 2, password: "secret12" }),
  },
  {
    bytes: "45c00020 00010000 ff70d090 0a090001 e0000012 31356401 001475ac 0a090067",
    settings: routerSettings({ vrid: 53 }),
  },
] as const;

/** The bits of the header of IPv4 that say nothing about the message: class, number, flags, and the kernel's checksum. */
const MEANINGLESS = [[8, 16], [32, 50], [80, 96]] as const;

/** The source is only part of the message for the checksum of version 3; the header's own checksum is the kernel's. */
const SOURCE = [96, 128] as const;

Deno.test("a packet with a flipped bit is refused, unless the bit says nothing about the message", () => {
  for (const { bytes, settings } of PACKETS) {
    const packet = fromHex(bytes);
    const accepted = Array.from({ length: packet.length * 8 }, (_, bit) => bit).filter((bit) => {
      const flipped = packet.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ 0x80 >> (bit & 7);
      const received = readIpv4Packet(flipped);
      if (received === undefined) return false;
      const decoded = decodeAdvertisement(received);
      return "advertisement" in decoded && refusalOf(settings, decoded) === undefined;
    });
    const ranges = settings.version === 2 ? [...MEANINGLESS, SOURCE] : MEANINGLESS;
    const expected = ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index));
    assert.deepEqual(accepted, expected, bytes);
  }
});
