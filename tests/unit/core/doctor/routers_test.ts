import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import type { Facts, RouterFacts } from "../../../../core/doctor/facts.ts";
import { examineRouters } from "../../../../core/doctor/routers.ts";
import { readRouterFacts } from "../../../../cli/commands/doctor/running_routers.ts";
import { routerJson } from "../../../../cli/format/vrrp.ts";
import { routerStatuses } from "../../../support/router_status.ts";
import { director } from "./healthy.ts";

/** A director without findings, whose eth0 has an IPv4 address. */
const HEALTHY = director();

const EDGE: RouterFacts = {
  name: "edge",
  state: "active",
  reason: "it takes part",
  priority: 150,
  heard: { address: "10.0.0.2", priority: 100 },
  isContested: false,
  discarded: {},
  findings: [],
};

for (
  const [what, change, expected] of [
    ["without a problem", {}, ["ok vrrp-routers"]],
    ["at fault", { state: "fault", reason: "interface eth0 is down" }, ["warning vrrp-fault"]],
    ["that is contested", { isContested: true }, ["warning vrrp-contested"]],
    ["with other addresses than another one", { findings: [{ kind: "addresses", text: "10.0.0.2 advertises ..." }] }, [
      "warning vrrp-addresses",
    ]],
    ["with the number of a foreign one", { findings: [{ kind: "vrid", text: "10.0.0.9 uses ..." }] }, [
      "warning vrrp-vrid",
    ]],
    ["with another interval than another one", { findings: [{ kind: "interval", text: "10.0.0.2 has ..." }] }, [
      "warning vrrp-interval",
    ]],
    ["with a difference that a count of messages has too", { findings: [{ kind: "password", text: "x" }] }, [
      "ok vrrp-routers",
    ]],
    ["with the priority of another one", { priority: 100 }, ["warning vrrp-priority"]],
    ["of an owner beside another one", { priority: 255, heard: { address: "10.0.0.2", priority: 255 } }, [
      "ok vrrp-routers",
    ]],
    ["that has heard none", { heard: undefined }, ["ok vrrp-routers"]],
    ["that discards a password", { discarded: { password: 3 } }, ["warning vrrp-discarded"]],
    ["that discards two kinds", { discarded: { "interval-differs": 3, "hop-limit": 1 } }, [
      "warning vrrp-discarded",
      "warning vrrp-discarded",
    ]],
    ["that discards a malformed packet", { discarded: { length: 1 } }, ["ok vrrp-routers"]],
  ] as const
) {
  Deno.test(`examineRouters() of a router ${what}: ${expected.join(", ")}`, () => {
    const found = examineRouters({ ...HEALTHY, routers: [{ ...EDGE, ...change }] });
    assert.deepEqual(found.map(({ severity, id }) => `${severity} ${id}`), expected);
  });
}

/** The facts of a file with one instance, on a machine with eth0 and eth1. */
async function factsOf(keys: string): Promise<Facts> {
  const text = `version: 1\nvrrp: [{ name: edge, vrid: 51, ${keys} }]\nservices: []\n`;
  const { vrrp } = await parseConfig(text, { file: "-" });
  return { ...HEALTHY, desiredRouters: vrrp };
}

for (
  const [what, keys, expected] of [
    ["an interface that the machine has", "device: eth0, vips: [192.0.2.99/24]", []],
    ["an unknown interface", "device: eth9, vips: [192.0.2.99/24]", ["vrrp-device"]],
    [
      "an unknown interface for the sync daemons",
      "device: eth0, vips: [192.0.2.99/24], sync: { device: eth8 }",
      ["vrrp-sync-device"],
    ],
    [
      "an interface with a virtual address only",
      "device: eth0, vips: [192.0.2.99/24], vips_excluded: [192.0.2.10/24]",
      ["vrrp-source"],
    ],
    ["a family that the interface lacks", "device: eth0, vips: ['fe80::51']", ["vrrp-source"]],
  ] as const
) {
  Deno.test(`examineRouters() of a file with ${what}: ${expected.join() || "none"}`, async () => {
    assert.deepEqual(examineRouters(await factsOf(keys)).map(({ id }) => id), expected);
  });
}

Deno.test("examineRouters() says nothing of a machine without virtual routers", () => {
  assert.deepEqual(examineRouters(HEALTHY), []);
});

Deno.test("readRouterFacts() reads what a daemon reports, and makes hostile texts visible", () => {
  const [first] = routerStatuses();
  assert(first !== undefined);
  const [facts] = readRouterFacts([{ ...routerJson(first), reason: "a\u001bb" }]);
  assert.deepEqual(facts, {
    name: "edge",
    state: "active",
    reason: "a\\u001bb",
    priority: 90,
    heard: { address: "10.0.0.2", priority: 90 },
    isContested: false,
    discarded: { "hop-limit": 2 },
    findings: [{ kind: "priority", text: "10.0.0.2 has the priority 90 too: the greater address decides" }],
  });
});
