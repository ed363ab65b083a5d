import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compareServerIds,
  compareServiceIds,
  formatServerId,
  formatServiceId,
  parseEndpoint,
  type ServiceEntry,
  sortEntries,
} from "../../../../core/model/mod.ts";
import { anyAddress, anyServiceId, PROPERTY } from "../../../support/arbitraries.ts";
import { serviceEntry } from "../../../support/samples.ts";

const anyServerId = fc.record({ address: anyAddress, port: fc.nat(65535) }, { noNullPrototype: true });

Deno.test("compareServerIds() orders by the address's value, then by port's", () => {
  const names = [
    "2.0.0.1:80",
    "10.0.0.9:80",
    "10.0.0.10:9",
    "10.0.0.10:80",
    "10.0.0.10:443",
    "192.168.0.10:1",
    "[::1]:80",
    "[2001:db8::9]:80",
    "[2001:db8::10]:80",
  ];
  const parsed = names.toReversed().map((name) => parseEndpoint(name));
  assert.deepEqual(parsed.sort(compareServerIds).map(formatServerId), names);
});

Deno.test("compareServiceIds() and compareServerIds() are orders: antisymmetric and transitive", () => {
  const sign = Math.sign;
  fc.assert(
    fc.property(anyServiceId, anyServiceId, anyServiceId, (a, b, c) => {
      assert.equal(sign(compareServiceIds(a, b)), 0 - sign(compareServiceIds(b, a)));
      const [x, y, z] = [a, b, c].sort(compareServiceIds);
      assert.ok(x !== undefined && y !== undefined && z !== undefined);
      assert.ok(compareServiceIds(x, z) <= 0 && compareServiceIds(x, y) <= 0 && compareServiceIds(y, z) <= 0);
    }),
    PROPERTY,
  );
  fc.assert(
    fc.property(anyServerId, anyServerId, (a, b) => {
      assert.equal(sign(compareServerIds(a, b)), 0 - sign(compareServerIds(b, a)));
      assert.equal(compareServerIds(a, b) === 0, formatServerId(a) === formatServerId(b));
    }),
    PROPERTY,
  );
});

Deno.test("sortEntries() sorts services and their servers, and does not change its argument", () => {
  const entries: readonly ServiceEntry[] = Object.freeze([
    serviceEntry("fwmark:1", "192.168.0.10:80", "10.0.0.11:80"),
    serviceEntry("tcp://192.0.2.10:80"),
    serviceEntry("tcp://10.0.0.1:80", "[2001:db8::1]:80", "10.0.0.11:81", "10.0.0.11:80"),
  ]);
  assert.deepEqual(
    sortEntries(entries).map(({ service, servers }) => [formatServiceId(service.id), ...servers.map(formatServerId)]),
    [
      ["tcp://10.0.0.1:80", "10.0.0.11:80", "10.0.0.11:81", "[2001:db8::1]:80"],
      ["tcp://192.0.2.10:80"],
      ["fwmark:1", "10.0.0.11:80", "192.168.0.10:80"],
    ],
  );
  assert.deepEqual(entries[0]?.servers.map(formatServerId), ["192.168.0.10:80", "10.0.0.11:80"]);
});
