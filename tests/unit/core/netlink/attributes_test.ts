import assert from "node:assert/strict";
import fc from "fast-check";
import { Memory } from "../../../../core/netlink/memory.ts";
import {
  AttributeDecoder,
  AttributeReader,
  type AttributeTable,
  type AttributeValues,
  decodeAttributes,
  MessageWriter,
  NetlinkDecodeError,
} from "../../../../core/netlink/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";
import { fromHex, toHex } from "../../../support/hex.ts";

/** One attribute of each kind. */
const EVERY_KIND = {
  small: { type: 1, kind: "u8" },
  short: { type: 2, kind: "u16" },
  port: { type: 3, kind: "be16" },
  number: { type: 4, kind: "u32" },
  network: { type: 5, kind: "be32" },
  large: { type: 6, kind: "u64" },
  pair: { type: 7, kind: "u32pair" },
  text: { type: 8, kind: "string" },
  address: { type: 9, kind: "binary", length: 16 },
  inner: { type: 0x3fff, kind: "nested" },
} as const satisfies AttributeTable;

const u32 = fc.integer({ min: 0, max: 0xffffffff });

const anyValues: fc.Arbitrary<AttributeValues<typeof EVERY_KIND>> = fc.record({
  small: fc.integer({ min: 0, max: 0xff }),
  short: fc.integer({ min: 0, max: 0xffff }),
  port: fc.integer({ min: 0, max: 0xffff }),
  number: u32,
  network: u32,
  large: fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
  pair: fc.tuple(u32, u32),
  text: fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
  address: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  inner: fc.uint8Array({ maxLength: 40 }),
}, { requiredKeys: [], noNullPrototype: true });

function encode<T extends AttributeTable>(table: T, values: AttributeValues<T>): Uint8Array {
  const writer = new MessageWriter();
  writer.attributes(table, values);
  return writer.bytes();
}

Deno.test("decodeAttributes() reads what MessageWriter.attributes() writes, of every kind", () => {
  fc.assert(
    fc.property(anyValues, (values) => {
      const decoded = decodeAttributes(encode(EVERY_KIND, values), EVERY_KIND);
      assert.deepEqual({ ...decoded, inner: decoded.inner?.slice(0, values.inner?.length) }, {
        inner: undefined,
        ...values,
      });
    }),
    PROPERTY,
  );
});

Deno.test("MessageWriter.attributes() writes the present values, in the table's order", () => {
  assert.equal(toHex(encode(EVERY_KIND, {})), "");
  assert.equal(
    toHex(encode(EVERY_KIND, { text: "rr", port: 80, small: 1 })),
    "05000100 01000000 06000300 00500000 07000800 72720000",
  );
});

Deno.test("MessageWriter.attributes() pads a binary value to its length", () => {
  assert.equal(
    toHex(encode(EVERY_KIND, { address: fromHex("0a000001") })),
    "14000900 0a000001 00000000 00000000 00000000",
  );
});

Deno.test("MessageWriter.attributes() writes nested attributes with their flag", () => {
  assert.equal(toHex(encode(EVERY_KIND, { inner: fromHex("05000100 01000000") })), "0c00ffbf 05000100 01000000");
});

Deno.test("MessageWriter.attributes() refuses a value of another kind", () => {
  // Only a cast can get here, which is why it is no error of the user's.
  const wrong = { port: "80" } as unknown as AttributeValues<typeof EVERY_KIND>;
  assert.throws(() => encode(EVERY_KIND, wrong), {
    name: "TypeError",
    message: /Attribute 3 is of kind be16: got string/,
  });
});

Deno.test("decodeAttributes() ignores attributes that the table does not have", () => {
  const bytes = fromHex("05000f00 01000000 06000300 00500000 0c00fe3f 00000000 00000000");
  assert.deepEqual(decodeAttributes(bytes, EVERY_KIND), { port: 80 });
});

Deno.test("decodeAttributes() reads the last of several attributes of one type", () => {
  assert.deepEqual(decodeAttributes(fromHex("05000100 01000000 05000100 02000000"), EVERY_KIND), { small: 2 });
});

Deno.test("decodeAttributes() names the attribute that has the wrong length", () => {
  for (
    const [bytes, message] of [
      ["06000100 01000000", /small has 2 bytes, expected 1/],
      ["05000300 01000000", /port has 1 bytes, expected 2/],
      ["08000900 0a000001", /address has 4 bytes, expected 16/],
      ["06000800 72720000", /text has no terminating NUL/],
    ] as const
  ) {
    assert.throws(() => decodeAttributes(fromHex(bytes), EVERY_KIND), (error) => {
      assert.ok(error instanceof NetlinkDecodeError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("AttributeDecoder returns the same as decodeAttributes(), and nothing of the former entry", () => {
  const decoder = new AttributeDecoder(EVERY_KIND);
  fc.assert(
    fc.property(anyValues, (values) => {
      const bytes = encode(EVERY_KIND, values);
      const decoded = Object.entries(decoder.decode(new AttributeReader(bytes)));
      assert.deepEqual(
        Object.fromEntries(decoded.filter(([, value]) => value !== undefined)),
        decodeAttributes(bytes, EVERY_KIND),
      );
    }),
    PROPERTY,
  );
});

Deno.test("AttributeDecoder reads every entry correctly, whatever it has in common with the former one", () => {
  const few = fc.record({
    small: fc.integer({ min: 0, max: 2 }),
    port: fc.integer({ min: 0, max: 2 }),
    large: fc.bigInt({ min: 0n, max: 1n }),
    pair: fc.tuple(fc.constantFrom(0, 7), fc.constantFrom(0, 7)),
    text: fc.constantFrom("rr", "wrr", "wlc"),
    address: fc.tuple(fc.nat(1), fc.nat(1)).map(([first, last]) => Uint8Array.of(first, ...Array(14).fill(0), last)),
    inner: fc.constantFrom(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(4, 3, 2, 1)),
  }, { requiredKeys: ["port", "text", "address"], noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(few, fc.nat(3)), { maxLength: 20 }), (entries) => {
      const decoder = new AttributeDecoder(EVERY_KIND);
      // In one buffer, as datagrams come, and not all of them where a word starts.
      const buffer = new ArrayBuffer(4096);
      const reader = new AttributeReader();
      for (const [values, offset] of entries) {
        const bytes = encode(EVERY_KIND, values);
        new Uint8Array(buffer).set(bytes, 64 + offset);
        reader.restart({ memory: new Memory(buffer), start: 64 + offset, end: 64 + offset + bytes.length }, 0);
        const decoded = Object.entries(decoder.decode(reader)).filter(([, value]) => value !== undefined);
        assert.deepEqual(Object.fromEntries(decoded), decodeAttributes(bytes, EVERY_KIND));
      }
    }),
    PROPERTY,
  );
});

Deno.test("AttributeDecoder does not remember an entry that it refused", () => {
  const decoder = new AttributeDecoder(EVERY_KIND);
  const read = (digits: string): unknown => decoder.decode(new AttributeReader(fromHex(digits))).small;
  assert.equal(read("05000100 07000000 08000400 01000000"), 7);
  // As long and nearly as the one before, and then not.
  assert.throws(() => read("05000100 08000000 08000700 01000000"), NetlinkDecodeError);
  assert.equal(read("05000100 07000000 08000400 01000000"), 7);
});

Deno.test("AttributeDecoder refuses an entry again whose bytes equal a refused one's", () => {
  const decoder = new AttributeDecoder(EVERY_KIND);
  const read = (digits: string): unknown => decoder.decode(new AttributeReader(fromHex(digits))).text;
  assert.equal(read("08000800 72720000"), "rr");
  for (let time = 0; time < 2; time++) assert.throws(() => read("08000800 72727272"), NetlinkDecodeError);
  assert.equal(read("08000800 72720000"), "rr");
});

Deno.test("AttributeDecoder refuses values of the wrong length, and continues with the next", () => {
  const decoder = new AttributeDecoder(EVERY_KIND);
  for (const digits of ["08000700 01000000", "08000900 01000000", "08000100 01000000", "0800"]) {
    assert.throws(() => decoder.decode(new AttributeReader(fromHex(digits))), NetlinkDecodeError);
  }
  assert.equal(decoder.decode(new AttributeReader(fromHex("05000100 07000000"))).small, 7);
});
