import assert from "node:assert/strict";
import fc from "fast-check";
import { readControl } from "../../../../core/ffi/message_buffers.ts";

const ADDRESS = Uint8Array.from({ length: 16 }, (_, index) => index + 1);

/** A control message, padded. */
function control(level: number, type: number, data: readonly number[]): readonly number[] {
  const bytes = new Uint8Array(Math.ceil((16 + data.length) / 8) * 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(16 + data.length), true);
  view.setInt32(8, level, true);
  view.setInt32(12, type, true);
  bytes.set(data, 16);
  return [...bytes];
}

Deno.test("readControl() reads the destination and the hop limit, in any order and among others", () => {
  const info = control(41, 50, [...ADDRESS, 3, 0, 0, 0]);
  const hops = control(41, 52, [255, 0, 0, 0]);
  const other = control(1, 29, [1, 2, 3]);
  for (const parts of [[info, hops], [hops, info], [other, info, other, hops]]) {
    assert.deepEqual(readControl(Uint8Array.from(parts.flat())), { destination: ADDRESS, hopLimit: 255 });
  }
  assert.deepEqual(readControl(Uint8Array.from(other)), { destination: undefined, hopLimit: undefined });
});

Deno.test("readControl() stops at messages that are cut off or have no length", () => {
  const info = control(41, 50, [...ADDRESS, 3, 0, 0, 0]);
  assert.deepEqual(readControl(Uint8Array.from(info.slice(0, 20))).destination, undefined);
  assert.deepEqual(readControl(new Uint8Array(64)).destination, undefined);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => {
    readControl(bytes);
  }));
});
