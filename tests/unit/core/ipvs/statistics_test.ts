import assert from "node:assert/strict";
import { encodeNested } from "../../../support/encoding.ts";
import { readStatistics } from "../../../../core/ipvs/statistics.ts";
import { STATISTICS32, STATISTICS64 } from "../../../../core/ipvs/tables.ts";
import { fromHex } from "../../../support/hex.ts";
import { statistics32, statistics64 } from "../../../support/kernel/traffic.ts";

const LARGE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((factor) => BigInt(factor) * 0x1_0000_0001n);

const EXPECTED = {
  counters: {
    connections: 0x1_0000_0001n,
    inPackets: 0x2_0000_0002n,
    outPackets: 0x3_0000_0003n,
    inBytes: 0x4_0000_0004n,
    outBytes: 0x5_0000_0005n,
  },
  rates: {
    connections: 0x6_0000_0006n,
    inPackets: 0x7_0000_0007n,
    outPackets: 0x8_0000_0008n,
    inBytes: 0x9_0000_0009n,
    outBytes: 0xa_0000_000an,
  },
};

Deno.test("readStatistics() reads 64 bits, with the padding attributes that some machines send", () => {
  assert.deepEqual(readStatistics({ statistics64: new Uint8Array(statistics64(LARGE)) }), EXPECTED);
});

Deno.test("readStatistics() prefers 64 bits", () => {
  const both = { statistics: new Uint8Array(statistics32(LARGE)), statistics64: new Uint8Array(statistics64(LARGE)) };
  assert.deepEqual(readStatistics(both), EXPECTED);
});

Deno.test("readStatistics() reads the 32 bits of old kernels, whose bytes have 64", () => {
  const { counters, rates } = readStatistics({ statistics: new Uint8Array(statistics32(LARGE)) });
  assert.deepEqual(counters, {
    connections: 1n,
    inPackets: 2n,
    outPackets: 3n,
    inBytes: 0x4_0000_0004n,
    outBytes: 0x5_0000_0005n,
  });
  assert.deepEqual(rates, { connections: 6n, inPackets: 7n, outPackets: 8n, inBytes: 9n, outBytes: 10n });
});

Deno.test("readStatistics() reads absent numbers as 0", () => {
  const none = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
  assert.deepEqual(readStatistics({}), { counters: none, rates: none });
  const some = { statistics64: encodeNested(STATISTICS64, { inBytes: 7n }) };
  assert.deepEqual(readStatistics(some), { counters: { ...none, inBytes: 7n }, rates: none });
  const old = { statistics: encodeNested(STATISTICS32, { inPacketRate: 7 }) };
  assert.deepEqual(readStatistics(old), { counters: none, rates: { ...none, inPackets: 7n } });
});

Deno.test("readStatistics() refuses an attribute that is cut off, and names it", () => {
  assert.throws(
    () => readStatistics({ statistics64: fromHex("08000100 01000000") }),
    /connections has 4 bytes, expected 8/,
  );
  assert.throws(
    () => readStatistics({ statistics: fromHex("080001") }),
    /3 bytes at the end, too short for an attribute/,
  );
});
