import assert from "node:assert/strict";
import fc from "fast-check";
import { readIpv4Packet } from "../../../../core/vrrp/ipv4_packet.ts";
import { fromHex } from "../../../support/hex.ts";

const HEADER = "45c00020 00010000 ff700000 0a090001 e0000012";
const MESSAGE = "313f6401 001475a2 0a090067";

Deno.test("readIpv4Packet() reads the message and the ends of a packet", () => {
  assert.deepEqual(readIpv4Packet(fromHex(HEADER + MESSAGE)), {
    message: fromHex(MESSAGE),
    source: "10.9.0.1",
    destination: "224.0.0.18",
    hopLimit: 255,
  });
});

Deno.test("readIpv4Packet() skips options, and padding after the packet", () => {
  const options = fromHex(`46c00024 00010000 fe700000 0a090001 e0000012 94040000 ${MESSAGE} 000000`);
  const read = readIpv4Packet(options);
  assert.deepEqual(read?.message, fromHex(MESSAGE));
  assert.equal(read?.hopLimit, 254);
});

Deno.test("readIpv4Packet() refuses packets that are cut off, fragments, and other protocols", () => {
  for (
    const packet of [
      "",
      HEADER.slice(0, -2),
      `45c00021 00010000 ff700000 0a090001 e0000012 ${MESSAGE}`,
      `44c00020 00010000 ff700000 0a090001 e0000012 ${MESSAGE}`,
      `4fc00020 00010000 ff700000 0a090001 e0000012 ${MESSAGE}`,
      `65c00020 00010000 ff700000 0a090001 e0000012 ${MESSAGE}`,
      `45c00020 00012000 ff700000 0a090001 e0000012 ${MESSAGE}`,
      `45c00020 00010001 ff700000 0a090001 e0000012 ${MESSAGE}`,
      `45c00020 00010000 ff060000 0a090001 e0000012 ${MESSAGE}`,
    ]
  ) {
    assert.equal(readIpv4Packet(fromHex(packet)), undefined, packet);
  }
});

Deno.test("readIpv4Packet() never throws", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    const read = readIpv4Packet(bytes);
    assert.ok(read === undefined || read.message.length <= bytes.length - 20);
  }));
});
