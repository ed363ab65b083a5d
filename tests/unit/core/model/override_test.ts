import assert from "node:assert/strict";
import {
  formatOverrideScope,
  type Override,
  overrideOf,
  parseEndpoint,
  parseServiceId,
  sameOverrideScope,
} from "../../../../core/model/mod.ts";

const [WEB, MAIL] = [parseServiceId("tcp://192.0.2.10:80"), parseServiceId("tcp://192.0.2.10:25")];
const SERVER = parseEndpoint("10.0.0.11:80");
const ANY: Override = { address: SERVER.address, weight: 1, at: 0 };

Deno.test("overrideOf() prefers an override with a service, then one with a port", () => {
  const all = [
    ANY,
    { ...ANY, port: 80, weight: 2 },
    { ...ANY, service: WEB, weight: 3 },
    { ...ANY, service: WEB, port: 80, weight: 4 },
  ];
  for (const [count, weight] of [[1, 1], [2, 2], [3, 3], [4, 4]] as const) {
    assert.equal(overrideOf(all.slice(0, count), { service: WEB, server: SERVER, now: 0 })?.weight, weight);
    assert.equal(overrideOf(all.slice(0, count).reverse(), { service: WEB, server: SERVER, now: 0 })?.weight, weight);
  }
  assert.equal(overrideOf(all, { service: MAIL, server: SERVER, now: 0 })?.weight, 2);
  assert.equal(overrideOf(all, { service: MAIL, server: parseEndpoint("10.0.0.11:25"), now: 0 })?.weight, 1);
  assert.equal(overrideOf(all, { service: WEB, server: parseEndpoint("10.0.0.12:80"), now: 0 }), undefined);
});

Deno.test("overrideOf() ignores ended overrides, to the millisecond", () => {
  const overrides = [{ ...ANY, service: WEB, until: 1000, weight: 7 }, ANY];
  const at = (now: number): unknown => overrideOf(overrides, { service: WEB, server: SERVER, now })?.weight;
  assert.deepEqual([at(999), at(1000)], [7, 1]);
});

Deno.test("formatOverrideScope() names server and service, and differs for each scope", () => {
  assert.equal(formatOverrideScope(ANY), "10.0.0.11 of all services");
  assert.equal(formatOverrideScope({ ...ANY, service: WEB, port: 80 }), "10.0.0.11:80 of tcp://192.0.2.10:80");
  const { at: _at, weight: _weight, ...scope } = ANY;
  assert.equal(sameOverrideScope(ANY, scope), true);
  assert.equal(sameOverrideScope(ANY, { ...ANY, port: 80 }), false);
});
