import assert from "node:assert/strict";
import { KEEPALIVED_CHECK, keepalivedColumns, keepalivedMib } from "../../../../core/snmp/keepalived_mib.ts";
import { objectAt } from "../../../../core/snmp/tree.ts";
import type { ListedService, Traffic, VirtualService } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const COUNTERS: Traffic = {
  connections: 2n ** 32n + 5n,
  inPackets: 2n ** 32n + 1n,
  outPackets: 2n,
  inBytes: 2n ** 64n - 1n,
  outBytes: 4n,
};
const RATES: Traffic = { connections: 6n, inPackets: 7n, outPackets: 8n, inBytes: 2n ** 40n, outBytes: 9n };
const statistics = { counters: COUNTERS, rates: RATES };

function entry(name: string, weights: readonly number[], more: Partial<VirtualService> = {}): ListedService {
  const counts = { activeConnections: 1, inactiveConnections: 2, persistentConnections: 3, statistics };
  const address = name.includes("[") ? "[2001:db8::1]" : "10.0.0.1";
  return {
    service: virtualService(name, { scheduler: "wlc", ...more }),
    statistics,
    servers: weights.map((weight, index) => ({
      ...realServer(`${address}:${8080 + index}`, { weight, forward: "dr", upperThreshold: 9, lowerThreshold: 4 }),
      ...counts,
    })),
  };
}

const TREE = keepalivedMib([
  entry("tcp://192.0.2.10:80", [0, 7], { persistence: { timeoutSeconds: 300, netmask: 0xffffff00 } }),
  entry("fwmark:4294967295", [], { scheduler: "new" }),
  entry("udp://[2001:db8::10]:53", [0], { persistence: { timeoutSeconds: 60, netmask: 64 }, onePacket: true }),
]);

/** The text of a column in a row; "-" for none. */
function cell(name: string, ...index: readonly number[]): string {
  const oid = keepalivedColumns().find(([each]) => each === name)?.[1] ?? assert.fail(`no column ${name}`);
  return objectAt(TREE, [...KEEPALIVED_CHECK, ...oid, ...index])?.value.text ?? "-";
}

Deno.test("keepalivedMib() has addresses as bytes, and none for a firewall mark", () => {
  const row = (index: number): string =>
    ["Type", "FwMark", "AddrType", "Address", "Port", "Protocol"].map((name) => cell(`virtualServer${name}`, index))
      .join(" | ");
  assert.equal(row(1), "2 | - | 1 | c0 00 02 0a | 80 | 1");
  assert.equal(row(2), "1 | 4294967295 | - | - | - | 4");
  assert.equal(row(3), "2 | - | 2 | 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 10 | 53 | 2");
  assert.equal(cell("realServerAddress", 1, 2), "0a 00 00 01");
  assert.equal(cell("realServerPort", 1, 2), "8081");
});

Deno.test("keepalivedMib() has a server with a weight alive, and its service too", () => {
  assert.deepEqual([1, 2].map((server) => cell("realServerStatus", 1, server)), ["2", "1"]);
  assert.deepEqual([1, 2, 3].map((service) => cell("virtualServerStatus", service)), ["1", "2", "2"]);
  assert.deepEqual([1, 2, 3].map((service) => cell("virtualServerRealServersTotal", service)), ["2", "0", "1"]);
  assert.deepEqual([1, 2, 3].map((service) => cell("virtualServerRealServersUp", service)), ["1", "0", "0"]);
});

Deno.test("keepalivedMib() has schedulers, forwarding methods and persistence by their numbers", () => {
  const row = (index: number): string =>
    [
      ...["LoadBalancingAlgo", "LoadBalancingKind", "Persist", "PersistTimeout", "PersistGranularity"],
      ...["PersistGranularity6", "OPS"],
    ].map((name) => cell(`virtualServer${name}`, index)).join(" | ");
  assert.equal(row(1), "4 | 2 | 1 | 300 | ff ff ff 00 | - | 2");
  assert.equal(row(2), "99 | - | 2 | - | - | - | 2");
  assert.equal(row(3), "4 | 2 | 1 | 60 | - | 64 | 1");
});

Deno.test("keepalivedMib() cuts counters and gauges as their types demand", () => {
  for (const [prefix, ...index] of [["virtualServer", 1], ["realServer", 1, 2]] as const) {
    const row = (...names: readonly string[]): string =>
      names.map((name) => cell(`${prefix}${name}`, ...index)).join(" ");
    assert.equal(
      row("StatsConns", "StatsInPkts", "StatsOutPkts", "StatsInBytes", "StatsOutBytes"),
      "4294967295 1 2 18446744073709551615 4",
    );
    assert.equal(row("StatsConns64", "StatsInPkts64", "StatsOutPkts64"), "4294967301 4294967297 2");
    assert.equal(row("RateCps", "RateInPPS", "RateOutPPS", "RateInBPS", "RateOutBPS"), "6 7 8 4294967295 9");
  }
  assert.deepEqual(
    ["ActiveConns", "InactiveConns", "PersistentConns"].map((name) => cell(`realServerStats${name}`, 1, 2)),
    ["1", "2", "3"],
  );
  assert.equal(cell("realServerUpperConnectionLimit", 1, 2), "9");
  assert.equal(cell("realServerLowerConnectionLimit", 1, 2), "4");
  assert.equal(cell("realServerWeight", 1, 2), "7");
});
