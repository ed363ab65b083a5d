import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { VRRP_GROUP } from "../../../../core/vrrp/advertisement.ts";
import { packetOf } from "../../../../core/vrrp/ip_packet.ts";
import { readIpv4Packet } from "../../../../core/vrrp/ipv4_packet.ts";
import { fromHex, toHex } from "../../../support/hex.ts";

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
