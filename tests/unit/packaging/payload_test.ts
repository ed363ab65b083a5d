import assert from "node:assert/strict";
import { encodeFooter, FOOTER_BYTES, payloadKey } from "../../../packaging/payload.ts";

const BYTES = new TextEncoder();
const PAYLOAD = {
  launcher: BYTES.encode("launcher"),
  runtime: BYTES.encode("run"),
  bundle: BYTES.encode("b"),
  dropIn: BYTES.encode("ipvsadm"),
  table: BYTES.encode("table"),
  file: BYTES.encode("fi"),
  boot: BYTES.encode("boot"),
};

Deno.test("encodeFooter() gives the struct that launcher.c reads", async () => {
  const footer = await encodeFooter(PAYLOAD);
  assert.equal(footer.length, FOOTER_BYTES);
  const view = new DataView(footer.buffer);
  assert.deepEqual([0, 8, 16, 24, 32, 40, 48].map((offset) => view.getBigUint64(offset, true)), [
    8n,
    3n,
    1n,
    7n,
    5n,
    2n,
    4n,
  ]);
  assert.equal(new TextDecoder().decode(footer.subarray(56)), await payloadKey(PAYLOAD) + "LVSCTL03");
});

Deno.test("payloadKey() is a short name in hexadecimal that depends on content alone", async () => {
  const key = await payloadKey(PAYLOAD);
  assert.match(key, /^[0-9a-f]{16}$/);
  const withOtherLauncher = { ...PAYLOAD, launcher: BYTES.encode("another") };
  assert.equal(await payloadKey(withOtherLauncher), key);
  assert.notEqual(await payloadKey({ ...PAYLOAD, dropIn: BYTES.encode("another") }), key);
  assert.notEqual(await payloadKey({ ...PAYLOAD, table: BYTES.encode("another") }), key);
  assert.notEqual(await payloadKey({ ...PAYLOAD, file: BYTES.encode("another") }), key);
  assert.notEqual(await payloadKey({ ...PAYLOAD, boot: BYTES.encode("tool") }), key);
});

Deno.test("payloadKey() tells where the runtime ends and the bundle begins", async () => {
  const moved = { ...PAYLOAD, runtime: BYTES.encode("ru"), bundle: BYTES.encode("nb") };
  assert.notEqual(await payloadKey(PAYLOAD), await payloadKey(moved));
});
