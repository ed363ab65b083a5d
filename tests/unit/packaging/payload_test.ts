import assert from "node:assert/strict";
import { encodeFooter, footerLength, type Payload, payloadKey } from "../../../packaging/payload.ts";

const BYTES = new TextEncoder();
const PAYLOAD: Payload = {
  launcher: BYTES.encode("launcher"),
  runtime: BYTES.encode("run"),
  boot: BYTES.encode("boot"),
  bundles: [{ name: "whole", bytes: BYTES.encode("b") }, { name: "part", bytes: BYTES.encode("bundle") }],
};

/** The payload with other bundles. */
function withBundles(...bundles: readonly (readonly [name: string, text: string])[]): Payload {
  return { ...PAYLOAD, bundles: bundles.map(([name, text]) => ({ name, bytes: BYTES.encode(text) })) };
}

Deno.test("encodeFooter() gives the struct that launcher.c reads", async () => {
  const footer = await encodeFooter(PAYLOAD);
  assert.equal(footer.length, footerLength(2));
  const view = new DataView(footer.buffer);
  assert.deepEqual([0, 8, 16, 24, 32].map((offset) => view.getBigUint64(offset, true)), [8n, 3n, 4n, 1n, 6n]);
  assert.equal(new TextDecoder().decode(footer.subarray(40)), await payloadKey(PAYLOAD) + "LVSCTL05");
});

Deno.test("payloadKey() is a short name in hexadecimal that depends on what is unpacked alone", async () => {
  const key = await payloadKey(PAYLOAD);
  assert.match(key, /^[0-9a-f]{16}$/);
  const withOtherLauncher: Payload = { ...PAYLOAD, launcher: BYTES.encode("another") };
  assert.equal(await payloadKey(withOtherLauncher), key);
  const others: readonly Payload[] = [
    { ...PAYLOAD, boot: BYTES.encode("tool") },
    withBundles(["whole", "c"], ["part", "bundle"]),
    withBundles(["whole", "b"], ["part", "bungle"]),
    withBundles(["whole", "b"], ["other", "bundle"]),
    withBundles(["whole", "b"]),
  ];
  for (const other of others) assert.notEqual(await payloadKey(other), key);
});

Deno.test("payloadKey() tells where the runtime ends and boot.js begins", async () => {
  const moved = { ...PAYLOAD, runtime: BYTES.encode("ru"), boot: BYTES.encode("nboot") };
  assert.notEqual(await payloadKey(PAYLOAD), await payloadKey(moved));
});
