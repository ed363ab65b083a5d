import assert from "node:assert/strict";
import { MessageWriter } from "../../../../core/netlink/mod.ts";
import { fromHex, toHex } from "../../../support/hex.ts";

/** What a function writes into a fresh writer. */
function written(write: (writer: MessageWriter) => void): string {
  const writer = new MessageWriter();
  write(writer);
  assert.equal(writer.length, writer.bytes().length);
  return toHex(writer.bytes());
}

/** The header of generic netlink, still without a command. */
const GENERIC = Uint8Array.of(0, 1, 0, 0);

Deno.test("MessageWriter.beginMessage() and endMessage() write the header and the length", () => {
  const bytes = written((writer) => {
    const start = writer.beginMessage({ type: 0x1c, flags: 0x305, sequence: 0xfedcba98 });
    writer.append(GENERIC);
    writer.setCommand(start, 4);
    writer.u32(1, 2);
    writer.endMessage(start);
  });
  assert.equal(bytes, "1c000000 1c000503 98badcfe 00000000 04010000 08000100 02000000");
});

Deno.test("MessageWriter writes several messages after each other", () => {
  const bytes = written((writer) => {
    for (const sequence of [1, 2]) {
      const start = writer.beginMessage({ type: 3, flags: 1, sequence });
      writer.setType(start, 0x1c);
      writer.append(GENERIC);
      writer.setCommand(start, 17);
      writer.endMessage(start);
    }
  });
  const message = (sequence: string): string => `14000000 1c000100 ${sequence}000000 00000000 11010000`;
  assert.equal(bytes, `${message("01")} ${message("02")}`);
});

const ATTRIBUTES: readonly (readonly [string, (writer: MessageWriter) => void, string])[] = [
  ["u8", (writer) => writer.u8(13, 0x12), "05000d00 12000000"],
  ["u16", (writer) => writer.u16(1, 0x1234), "06000100 34120000"],
  ["be16", (writer) => writer.be16(4, 0x1234), "06000400 12340000"],
  ["u32", (writer) => writer.u32(5, 0x12345678), "08000500 78563412"],
  ["u32 of all bits", (writer) => writer.u32(5, 0xffffffff), "08000500 ffffffff"],
  ["be32", (writer) => writer.be32(5, 0x12345678), "08000500 12345678"],
  ["u64", (writer) => writer.u64(4, 0x123456789abcdef0n), "0c000400 f0debc9a 78563412"],
  ["u32pair", (writer) => writer.u32pair(7, [1, 0xffffffff]), "0c000700 01000000 ffffffff"],
  ["string", (writer) => writer.string(6, "wlc"), "08000600 776c6300"],
  ["string with padding", (writer) => writer.string(6, "rr"), "07000600 72720000"],
  ["string of nothing", (writer) => writer.string(6, ""), "05000600 00000000"],
  ["string of characters of several bytes", (writer) => writer.string(6, "\u00e9"), "07000600 c3a90000"],
  ["binary", (writer) => writer.binary(3, fromHex("0a000001")), "08000300 0a000001"],
  ["binary that is filled up", (writer) => writer.binary(3, fromHex("0a0000"), 6), "0a000300 0a000000 00000000"],
  ["binary of nothing", (writer) => writer.binary(3, new Uint8Array()), "04000300"],
  ["an IPv4 address", (writer) => writer.ipv4(3, 0x0a000001, 8), "0c000300 0a000001 00000000"],
  ["nested", (writer) => writer.endNested(writer.beginNested(1)), "04000180"],
  ["append", (writer) => writer.append(fromHex("0102030405060708")), "01020304 05060708"],
];

for (const [what, write, expected] of ATTRIBUTES) {
  Deno.test(`MessageWriter writes ${what}`, () => assert.equal(written(write), expected));

  Deno.test(`MessageWriter writes ${what} without a trace of what the buffer held before`, () => {
    const writer = new MessageWriter();
    writer.append(new Uint8Array(256).fill(0xee));
    writer.reset();
    assert.equal(writer.length, 0);
    write(writer);
    assert.equal(toHex(writer.bytes()), expected);
  });

  Deno.test(`MessageWriter writes ${what} where the buffer ends, wherever that is in it`, () => {
    // The buffer starts with 4096 bytes: every position of the attribute comes to lie on that edge, and on the next.
    for (const edge of [4096, 8192]) {
      for (let room = 0; room <= 24; room++) {
        const writer = new MessageWriter();
        const before = new Uint8Array(edge - room).map((_, index) => index);
        writer.append(before);
        write(writer);
        assert.equal(toHex(writer.bytes().subarray(edge - room)), expected, `${room} bytes before ${edge}`);
        assert.deepEqual(writer.bytes().slice(0, edge - room), before);
      }
    }
  });
}

Deno.test("MessageWriter ends nested attributes and messages that began before the buffer grew", () => {
  const writer = new MessageWriter();
  const message = writer.beginMessage({ type: 1, flags: 2, sequence: 3 });
  writer.append(Uint8Array.of(0, 4, 0, 0));
  const outer = writer.beginNested(1);
  const inner = writer.beginNested(2);
  for (let index = 0; index < 2000; index++) writer.u32(3, index);
  writer.endNested(inner);
  writer.endNested(outer);
  writer.endMessage(message);
  writer.setCommand(message, 9);
  assert.equal(
    toHex(writer.bytes().subarray(0, 36)),
    "9c3e0000 01000200 03000000 00000000 09040000 883e0180 843e0280 08000300 00000000",
  );
  assert.equal(writer.length, 20 + 8 + 2000 * 8);
  assert.equal(toHex(writer.bytes().subarray(-8)), "08000300 cf070000");
});

Deno.test("MessageWriter grows to what one attribute needs", () => {
  const writer = new MessageWriter();
  const value = new Uint8Array(40_000).map((_, index) => index * 7);
  writer.binary(1, value);
  writer.u8(2, 5);
  assert.equal(writer.length, 40_012);
  assert.deepEqual(writer.bytes().slice(4, 40_004), value);
  assert.equal(toHex(writer.bytes().subarray(40_004)), "05000200 05000000");
});
