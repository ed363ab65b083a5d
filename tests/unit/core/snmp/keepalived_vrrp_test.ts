import assert from "node:assert/strict";
import { parsePrefix } from "../../../../core/model/mod.ts";
import { KEEPALIVED_VRRP, keepalivedMib } from "../../../../core/snmp/keepalived_mib.ts";
import { type SnmpRouter, vrrpColumns } from "../../../../core/snmp/keepalived_vrrp.ts";
import { objectAfter, objectAt } from "../../../../core/snmp/tree.ts";

const EDGE: SnmpRouter = {
  name: "edge",
  vrid: 51,
  state: "active",
  configuredPriority: 150,
  priority: 90,
  device: "eth0",
  version: 3,
  intervalMs: 200,
  preempts: true,
  preemptDelayMs: 30_000,
  vips: ["192.0.2.10/24", "2001:db8::10/64"].map(parsePrefix),
  tracks: [
    { label: "interface eth9", weight: 0 },
    { label: "interface gone", weight: 0 },
    { label: "command /bin/a b", weight: -20 },
    { label: "service web", weight: -60 },
  ],
};

const INSIDE: SnmpRouter = {
  ...EDGE,
  ...{ name: "inside", state: "released", configuredPriority: 255, priority: 255, version: 2, intervalMs: 3000 },
  ...{ preempts: false, preemptDelayMs: 0, vips: [], tracks: [] },
};

const TREE = keepalivedMib([], {
  vrrp: {
    routers: [EDGE, INSIDE],
    groups: [{ name: "site", members: ["edge", "inside"], state: "backup" }, {
      name: "new",
      members: [],
      state: undefined,
    }],
    indexOf: (device) => device === "eth9" ? 9 : undefined,
  },
});

/** The text of a column in a row; "-" for none. */
function cell(name: string, ...index: readonly number[]): string {
  const oid = vrrpColumns().find(([each]) => each === name)?.[1] ?? assert.fail(`no column ${name}`);
  return objectAt(TREE, [...KEEPALIVED_VRRP, ...oid, ...index])?.value.text ?? "-";
}

Deno.test("vrrpBranch() has the instances with their states, priorities and timers", () => {
  const row = (index: number): string =>
    [
      ...["Name", "VirtualRouterId", "State", "InitialState", "BasePriority", "EffectivePriority", "VipsStatus"],
      ...["PrimaryInterface", "AdvertisementsInt", "Preempt", "PreemptDelay", "SyncGroup", "VrrpVersion"],
    ].map((name) => cell(`vrrpInstance${name}`, index)).join(" | ");
  assert.equal(row(1), "edge | 51 | 2 | 1 | 150 | 90 | 1 | eth0 | 20 | 1 | 30 | site | 3");
  assert.equal(row(2), "inside | 51 | 5 | 2 | 255 | 255 | 2 | eth0 | 3 | 2 | 0 | site | 2");
});

Deno.test("vrrpBranch() has the groups with their members", () => {
  assert.deepEqual([1, 2].map((index) => cell("vrrpSyncGroupName", index)), ["site", "new"]);
  assert.deepEqual([1, 2].map((index) => cell("vrrpSyncGroupState", index)), ["1", "4"]);
  assert.deepEqual([1, 2, 3].map((index) => cell("vrrpSyncGroupMemberName", 1, index)), ["edge", "inside", "-"]);
});

Deno.test("vrrpBranch() has tracked interfaces by their numbers, and commands and addresses in order", () => {
  assert.deepEqual([cell("vrrpTrackedInterfaceName", 1, 9), cell("vrrpTrackedInterfaceWeight", 1, 9)], ["eth9", "0"]);
  assert.equal(cell("vrrpTrackedInterfaceName", 1, 1), "-");
  assert.deepEqual([cell("vrrpTrackedScriptName", 1, 1), cell("vrrpTrackedScriptWeight", 1, 1)], ["/bin/a b", "-20"]);
  assert.equal(cell("vrrpTrackedScriptName", 1, 2), "-");
  assert.deepEqual([1, 2].map((index) => cell("vrrpAddressValue", 1, index)), [
    "c0 00 02 0a",
    "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 10",
  ]);
  assert.deepEqual([1, 2].map((index) => cell("vrrpAddressMask", 1, index)), ["24", "64"]);
  assert.equal(cell("vrrpAddressStatus", 1, 1), "1");
  assert.equal(cell("vrrpAddressValue", 2, 1), "-");
});

Deno.test("keepalivedMib() without virtual routers has no part about them", () => {
  assert.equal(objectAfter(keepalivedMib([]), KEEPALIVED_VRRP), undefined);
  assert.notEqual(objectAfter(TREE, KEEPALIVED_VRRP), undefined);
});
