import assert from "node:assert/strict";
import { readConfig } from "../../../../core/config/mod.ts";

/** The warnings of a file with instances and groups in YAML, as `LINE:COLUMN CODE`. */
async function warningsOf(instances: readonly string[], groups: readonly string[] = []): Promise<readonly string[]> {
  const list = (items: readonly string[]): string => items.map((item) => `  - { ${item} }\n`).join("");
  const groupLines = groups.length === 0 ? "" : `vrrp_groups:\n${list(groups)}`;
  const text = `version: 1\nvrrp:\n${list(instances)}${groupLines}services: []\n`;
  const { warnings } = await readConfig(text, { file: "lvsctl.yaml", lint: {} });
  return warnings.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

const EDGE = "name: edge, vrid: 51, device: eth0, vips: [192.0.2.10/24]";

for (
  const [what, keys, expected] of [
    ["plain settings", "", []],
    ["an owner", "priority: 255", []],
    ["an owner with a weight", "priority: 255, track: [{ interface: eth1, weight: 5 }]", ["vrrp-owner-weights"]],
    ["an owner that tracks without a weight", "priority: 255, track: [{ interface: eth1 }]", []],
    ["an owner that does not preempt", "priority: 255, preempt: false", ["vrrp-owner-preempt"]],
    ["an owner with a delay", "priority: 255, preempt: { delay: 5s }", ["vrrp-owner-preempt"]],
    ["a delay", "preempt: { delay: 5s }", []],
    ["its own device", "track: [{ interface: eth0 }]", ["vrrp-track-device"]],
    ["another device", "track: [{ interface: eth1 }]", []],
    [
      "weights without preemption",
      "preempt: false, track: [{ interface: eth1, weight: -5 }]",
      ["vrrp-weights-preempt"],
    ],
    ["a bonus without preemption", "preempt: false, track: [{ interface: eth1, weight: 5 }]", ["vrrp-weights-preempt"]],
    ["faults without preemption", "preempt: false, track: [{ interface: eth1 }]", []],
    ["a short interval", "interval: 10ms", ["vrrp-interval-short"]],
    ["the shortest interval without a warning", "interval: 50ms", []],
    ["a source without peers", "source: 10.0.0.1", ["vrrp-no-peers"]],
    ["a source with peers", "source: 10.0.0.1, peers: [10.0.0.2]", []],
  ] as const
) {
  Deno.test(`routerFindings() of an instance with ${what}: ${expected.join() || "none"}`, async () => {
    const warnings = await warningsOf([keys === "" ? EDGE : `${EDGE}, ${keys}`]);
    assert.deepEqual(warnings.map((warning) => warning.split(" ")[1]), expected);
  });
}

Deno.test("routerFindings() are at their keys, and a comment allows one", async () => {
  const [warning] = await warningsOf([`${EDGE}, interval: 10ms`]);
  assert.equal(warning, `3:${`  - { ${EDGE}, interval: `.length + 1} vrrp-interval-short`);
  const text =
    `version: 1\nvrrp:\n  # lvsctl: allow vrrp-interval-short\n  - { ${EDGE}, interval: 10ms }\nservices: []\n`;
  assert.deepEqual((await readConfig(text, { file: "lvsctl.yaml", lint: {} })).warnings, []);
});

const INSIDE = "name: inside, vrid: 52, device: eth1, vips: [10.0.0.1/24]";

for (
  const [what, one, other, expected] of [
    ["equal members", "priority: 150", "priority: 150", []],
    ["different priorities", "priority: 150", "priority: 100", ["6 vrrp-group-priorities"]],
    ["different preemption", "preempt: false", "preempt: true", ["6 vrrp-group-preempt"]],
  ] as const
) {
  Deno.test(`routerFindings() of a group with ${what}, also if it has the name of an instance`, async () => {
    const groups = ["name: edge, members: [edge, inside]"];
    const warnings = await warningsOf([`${EDGE}, ${one}`, `${INSIDE}, ${other}`], groups);
    assert.deepEqual(warnings.map((warning) => warning.replace(/:\d+/, "")), expected);
  });
}
