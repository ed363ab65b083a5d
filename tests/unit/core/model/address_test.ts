import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressBytes,
  addressFromBytes,
  addressSortKey,
  compareAddresses,
  compareSortKeys,
  ipv4FromValue,
  ipv4Value,
  isIpAddress,
  type ServiceEntry,
  sortEntries,
  tryParseIpAddress,
} from "../../../../core/model/mod.ts";

const SEED = 20260101;

const BYTE = fc.oneof(fc.constantFrom(0, 0, 0, 1, 255), fc.integer({ min: 0, max: 255 }));
const BYTES4 = fc.array(BYTE, { minLength: 4, maxLength: 4 }).map((bytes) => Uint8Array.from(bytes));
const BYTES16 = fc.array(BYTE, { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes));
const BYTES = fc.oneof(BYTES4, BYTES16);

/** Pieces that addresses, and what looks like them, are made of. */
const PIECE = fc.oneof(
  fc.constantFrom("", "0", "00", "01", "ffff", "10000", "g", "1.2.3.4", "255.255.255.256", "1.2.3"),
  fc.integer({ min: 0, max: 0xffff }).map((word) => word.toString(16)),
  fc.integer({ min: 0, max: 0xfff }).map((word) => word.toString(16).toUpperCase()),
);
const LIKE_IPV6 = fc.tuple(
  fc.array(PIECE, { maxLength: 8 }),
  fc.constantFrom(":", "::", ":::"),
  fc.array(PIECE, { maxLength: 8 }),
).map(([head, middle, tail]) => head.join(":") + middle + tail.join(":"));

/** What the platform's URL parser makes of an IPv6 address: another implementation of the same rules. */
function platformIpv6(text: string): string | undefined {
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}

Deno.test("tryParseIpAddress accepts the IPv6 addresses that the platform accepts, and formats them like it", () => {
  fc.assert(
    fc.property(fc.oneof(LIKE_IPV6, fc.ipV6()), (text) => {
      const address = tryParseIpAddress(text);
      const expected = platformIpv6(text);
      assert.equal(address === undefined, expected === undefined, text);
      // URLs write the last words of an IPv4-mapped address in hexadecimal, RFC 5952 in decimal.
      if (address !== undefined) assert.equal(platformIpv6(address), expected);
      if (expected !== undefined && !expected.startsWith("::ffff:")) assert.equal(address, expected);
    }),
    { seed: SEED, numRuns: 5000 },
  );
});

Deno.test("tryParseIpAddress accepts an IPv4 address only in its canonical spelling", () => {
  for (const text of ["0.0.0.0", "10.0.0.1", "255.255.255.255"]) assert.equal(tryParseIpAddress(text), text);
  const wrong = ["", "10", "10.1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.00", " 1.2.3.4", "1.2.3.4 "];
  for (const text of [...wrong, "1..2.3", "1.2.3.", ".1.2.3", "0x1.2.3.4", "1.2.3.4a", "+1.2.3.4", "-1.2.3.4"]) {
    assert.equal(tryParseIpAddress(text), undefined, text);
  }
});

Deno.test("tryParseIpAddress formats an IPv4-mapped address with its IPv4 part", () => {
  assert.equal(tryParseIpAddress("::FFFF:c000:20a"), "::ffff:192.0.2.10");
  assert.equal(tryParseIpAddress("0:0:0:0:0:ffff:192.0.2.10"), "::ffff:192.0.2.10");
  assert.equal(tryParseIpAddress("::192.0.2.10"), "::c000:20a");
});

Deno.test("isIpAddress is true for canonical spellings only", () => {
  fc.assert(
    fc.property(fc.oneof(LIKE_IPV6, fc.ipV6(), fc.ipV4(), fc.ipV4Extended()), (text) => {
      assert.equal(isIpAddress(text), tryParseIpAddress(text) === text);
    }),
    { seed: SEED, numRuns: 3000 },
  );
});

Deno.test("addressFromBytes and addressBytes are inverse functions", () => {
  fc.assert(
    fc.property(BYTES, (bytes) => {
      const address = addressFromBytes(bytes);
      assert.deepEqual(addressBytes(address), bytes);
      assert.ok(isIpAddress(address));
    }),
    { seed: SEED, numRuns: 3000 },
  );
});

Deno.test("ipv4FromValue() writes the address with a value", () => {
  for (const [value, text] of [[0, "0.0.0.0"], [0x0a000201, "10.0.2.1"], [0xffffffff, "255.255.255.255"]] as const) {
    assert.equal(ipv4FromValue(value), text);
    assert.equal(ipv4Value(text), value);
  }
});

Deno.test("compareAddresses and the sort keys order as the bytes do, IPv4 first", () => {
  fc.assert(
    fc.property(BYTES, BYTES, (a, b) => {
      const difference = a.findIndex((byte, index) => byte !== b[index]);
      const expected = a.length !== b.length
        ? a.length - b.length
        : difference < 0
        ? 0
        : (a[difference] ?? 0) - (b[difference] ?? 0);
      const [left, right] = [addressFromBytes(a), addressFromBytes(b)];
      assert.equal(Math.sign(compareAddresses(left, right)), Math.sign(expected));
      assert.equal(compareSortKeys(addressSortKey(left), addressSortKey(right)), Math.sign(expected));
    }),
    { seed: SEED, numRuns: 3000 },
  );
});

Deno.test("sortEntries sorts marks by their number, IPv4 before IPv6", () => {
  const entry = (mark: number, family: "ipv4" | "ipv6"): ServiceEntry => ({
    service: { id: { kind: "fwmark", family, mark }, scheduler: "rr", schedulerFlags: 0, onePacket: false },
    servers: [],
  });
  const marks = [0xffffffff, 2, 0x10000, 0xffff, 1, 10];
  const sorted = sortEntries(marks.flatMap((mark) => [entry(mark, "ipv6"), entry(mark, "ipv4")]));
  assert.deepEqual(
    sorted.map(({ service: { id } }) => id.kind === "fwmark" && `${id.mark} ${id.family}`),
    [1, 2, 10, 0xffff, 0x10000, 0xffffffff].flatMap((mark) => [`${mark} ipv4`, `${mark} ipv6`]),
  );
});
