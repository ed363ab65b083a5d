import assert from "node:assert/strict";
import { Memory } from "../../../../core/netlink/memory.ts";
import { AttributeReader, NetlinkDecodeError } from "../../../../core/netlink/mod.ts";
import { fromHex, toHex } from "../../../support/hex.ts";

/** A reader at the first attribute of these bytes. */
function readerAt(digits: string): AttributeReader {
  const reader = new AttributeReader(fromHex(digits));
  assert.ok(reader.next());
  return reader;
}

const GETTERS: readonly (readonly [string, string, (reader: AttributeReader) => unknown, unknown])[] = [
  ["u8", "05000d00 12000000", (reader) => reader.u8("x"), 0x12],
  ["u16", "06000100 34120000", (reader) => reader.u16("x"), 0x1234],
  ["be16", "06000400 12340000", (reader) => reader.be16("x"), 0x1234],
  ["u32", "08000500 ffffffff", (reader) => reader.u32("x"), 0xffffffff],
  ["be32", "08000500 12345678", (reader) => reader.be32("x"), 0x12345678],
  ["u64", "0c000400 ffffffff ffffffff", (reader) => reader.u64("x"), 0xffffffffffffffffn],
  ["u32pair", "0c000700 01000000 ffffffff", (reader) => reader.u32pair("x"), [1, 0xffffffff]],
  ["string", "07000600 72720000", (reader) => reader.string("x"), "rr"],
  ["string of nothing", "05000600 00000000", (reader) => reader.string("x"), ""],
  ["string up to its first NUL", "0a000600 72007200 00000000", (reader) => reader.string("x"), "r"],
  ["binary", "08000300 0a000001", (reader) => toHex(reader.binary("x", 4)), "0a000001"],
  ["nested", "0c000180 05000d00 12000000", (reader) => toHex(reader.nested()), "05000d00 12000000"],
];

for (const [what, digits, get, expected] of GETTERS) {
  Deno.test(`AttributeReader reads ${what}`, () => {
    const reader = readerAt(digits);
    assert.deepEqual(get(reader), expected);
    assert.equal(reader.next(), false);
    reader.finish();
  });
}

const NUMBERS: readonly (readonly [string, number, (reader: AttributeReader) => unknown, unknown])[] = [
  ["u8", 1, (reader) => reader.u8("weight"), 0],
  ["u16", 2, (reader) => reader.u16("weight"), 0],
  ["be16", 2, (reader) => reader.be16("weight"), 0],
  ["u32", 4, (reader) => reader.u32("weight"), 0],
  ["be32", 4, (reader) => reader.be32("weight"), 0],
  ["u64", 8, (reader) => reader.u64("weight"), 0n],
  ["u32pair", 8, (reader) => reader.u32pair("weight"), [0, 0]],
  ["binary", 6, (reader) => [...reader.binary("weight", 6)], [0, 0, 0, 0, 0, 0]],
];

for (const [what, size, get, zero] of NUMBERS) {
  Deno.test(`AttributeReader requires the exact length of ${what}, and names the attribute`, () => {
    for (const wrong of [0, 1, 2, 3, 4, 5, 7, 8, 9, 16].filter((length) => length !== size)) {
      const bytes = new Uint8Array(4 + wrong + 8).fill(0xff);
      bytes.set([4 + wrong, 0, 1, 0]);
      const reader = new AttributeReader(bytes);
      assert.ok(reader.next());
      assert.deepEqual(get(reader), zero);
      assert.throws(() => reader.finish(), {
        name: "NetlinkDecodeError",
        message: `Cannot read the kernel's answer: weight has ${wrong} bytes, expected ${size}; ` +
          "please report this with the kernel's version",
      });
    }
  });
}

Deno.test("AttributeReader ends at once without attributes", () => {
  const reader = new AttributeReader(new Uint8Array());
  assert.equal(reader.next(), false);
  assert.equal(reader.next(), false);
  reader.finish();
});

Deno.test("AttributeReader skips the padding, which the last attribute may lack", () => {
  const reader = new AttributeReader(fromHex("05000100 07ffffff 05000200 08"));
  assert.ok(reader.next());
  assert.deepEqual([reader.type, reader.u8("x")], [1, 7]);
  assert.ok(reader.next());
  assert.deepEqual([reader.type, reader.u8("x")], [2, 8]);
  assert.equal(reader.next(), false);
  reader.finish();
});

Deno.test("AttributeReader reads a range of a datagram and nothing outside it", () => {
  const bytes = fromHex("ffffffff 08000500 01000000 08000600 02000000");
  const memory = new Memory(bytes.buffer);
  const reader = new AttributeReader().restart({ memory, start: 0, end: 12 }, 4);
  assert.ok(reader.next());
  assert.equal(reader.u32("x"), 1);
  assert.equal(reader.next(), false);
  const short = new AttributeReader().restart({ memory, start: 4, end: 11 }, 0);
  assert.equal(short.next(), false);
  assert.throws(() => short.finish(), /attribute length 8 of 7 remaining bytes/);
});

Deno.test("AttributeReader.restart() forgets former attributes and their error", () => {
  const reader = readerAt("08000180 01000000");
  reader.u8("x");
  const datagram = fromHex("05000200 08000000");
  reader.restart({ memory: new Memory(datagram.buffer), start: 0, end: 8 }, 0);
  assert.ok(reader.next());
  assert.deepEqual([reader.type, reader.u8("x"), reader.next()], [2, 8, false]);
  reader.finish();
});

Deno.test("AttributeReader.string() reads a name, and UTF-8, up to the NUL and not beyond the attribute", () => {
  assert.equal(readerAt("08000600 72720000").string("x"), "rr");
  assert.equal(readerAt("08000600 c3a90000").string("x"), "\u{e9}");
  assert.equal(readerAt("05000600 00000000").string("x"), "");
  for (const digits of ["06000600 72720000", "06000600 c3a90000"]) {
    const reader = readerAt(digits);
    assert.equal(reader.string("x"), "");
    assert.throws(() => reader.finish(), /x has no terminating NUL/);
  }
});

Deno.test("AttributeReader.enter() reads the attributes inside one, and no others", () => {
  const reader = readerAt("14000180 05000100 07000000 05000200 08000000 08000500 01000000").enter();
  const found: number[] = [];
  while (reader.next()) found.push(reader.type, reader.u8("x"));
  reader.finish();
  assert.deepEqual(found, [1, 7, 2, 8]);
});

Deno.test("AttributeReader.enter() refuses a value that has no attributes", () => {
  const reader = readerAt("08000500 01000000").enter();
  assert.equal(reader.next(), false, "4 bytes of 01000000 are no attribute");
  assert.throws(() => reader.finish(), /attribute length 1 of 4 remaining bytes/);
});

Deno.test("AttributeReader.enter() has nothing after an error, which stays", () => {
  const reader = readerAt("0c000180 05000100 07000000");
  reader.u8("x");
  assert.equal(reader.enter().next(), false);
  assert.throws(() => reader.finish(), /x has 8 bytes, expected 1/);
});

Deno.test("AttributeReader removes the flags of a type", () => {
  assert.equal(readerAt("04000180").type, 1);
  assert.equal(readerAt("040001c0").type, 1);
  assert.equal(readerAt("0400ff3f").type, 0x3fff);
});

Deno.test("AttributeReader reads a part of a larger buffer and nothing outside it", () => {
  const bytes = fromHex("ffffffff ff 08000500 01000000 ff ffffffff").subarray(5, 13);
  const reader = new AttributeReader(bytes);
  assert.ok(reader.next());
  assert.equal(reader.u32("x"), 1);
  assert.equal(reader.next(), false);
  reader.finish();
});

const BROKEN: Readonly<Record<string, string>> = {
  "01": "1 bytes at the end, too short for an attribute",
  "050001": "3 bytes at the end, too short for an attribute",
  "00000100": "attribute length 0 of 4 remaining bytes",
  "03000100": "attribute length 3 of 4 remaining bytes",
  "05000100": "attribute length 5 of 4 remaining bytes",
  "ffff0100 00000000": "attribute length 65535 of 8 remaining bytes",
};

for (const [digits, reason] of Object.entries(BROKEN)) {
  Deno.test(`AttributeReader stops: ${reason}`, () => {
    const reader = new AttributeReader(fromHex(digits));
    assert.equal(reader.next(), false);
    assert.throws(() => reader.finish(), (error) => error instanceof NetlinkDecodeError && error.reason === reason);
  });
}

Deno.test("AttributeReader keeps its first error, and returns zeros after it", () => {
  const reader = readerAt("05000100 07000000 08000500 01000000");
  assert.equal(reader.u32("first"), 0);
  assert.equal(reader.u8("second"), 0, "what could be read is not, after an error");
  assert.equal(reader.string("third"), "");
  assert.equal(reader.nested().length, 0);
  assert.deepEqual([...reader.binary("fourth", 2)], [0, 0]);
  assert.equal(reader.next(), false);
  assert.throws(() => reader.finish(), /first has 1 bytes, expected 4/);
  assert.throws(() => reader.finish(), /first has 1 bytes, expected 4/);
});

Deno.test("AttributeReader refuses text without a NUL", () => {
  const reader = readerAt("06000600 72720000");
  assert.equal(reader.string("scheduler"), "");
  assert.throws(() => reader.finish(), /scheduler has no terminating NUL/);
});
