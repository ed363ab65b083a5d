import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { InstanceStates, type StateChange, stateEvent } from "../../../../core/vrrp/instance_states.ts";
import type { RouterState, RouterStatus } from "../../../../core/vrrp/status.ts";
import { routerStatuses } from "../../../support/router_status.ts";

const { vrrp = [], vrrpGroups = [] } = await parseConfig(
  "version: 1\nvrrp:\n  - { name: edge, vrid: 51, device: eth0, vips: [192.0.2.10, 'fe80::1'] }\n" +
    "  - { name: inside, vrid: 52, device: eth1, vips: 10.0.0.9 }\n" +
    "vrrp_groups: [{ name: site, members: [edge, inside] }]\nservices: []\n",
  { file: "web.yaml" },
);

function router(name: string, family: "ipv4" | "ipv6", state: RouterState): RouterStatus {
  const [first] = routerStatuses();
  assert.ok(first !== undefined);
  return { ...first, name, family, state };
}

function words(changes: readonly StateChange[]): readonly string[] {
  return changes.map(({ subject, name, state }) => `${subject} ${name} ${state}`);
}

Deno.test("InstanceStates reports an instance as active when all of its routers are, and no longer with the first that is not", () => {
  const states = new InstanceStates();
  states.load(vrrp, []);
  assert.deepEqual(words(states.take(router("edge", "ipv4", "backup"))), ["instance edge backup"]);
  assert.deepEqual(words(states.take(router("edge", "ipv6", "backup"))), []);
  assert.deepEqual(words(states.take(router("edge", "ipv4", "active"))), []);
  assert.deepEqual(words(states.take(router("edge", "ipv6", "active"))), ["instance edge active"]);
  assert.deepEqual(words(states.take(router("edge", "ipv6", "fault"))), ["instance edge fault"]);
  assert.deepEqual(words(states.take(router("edge", "ipv4", "backup"))), ["instance edge backup"]);
});

Deno.test("InstanceStates reports the state of a group after those of its instances", () => {
  const states = new InstanceStates();
  states.load(vrrp, vrrpGroups);
  states.take(router("edge", "ipv4", "active"));
  assert.deepEqual(words(states.take(router("inside", "ipv4", "backup"))), [
    "instance inside backup",
    "group site backup",
  ]);
  assert.deepEqual(words(states.take(router("inside", "ipv4", "active"))), [
    "instance inside active",
    "group site active",
  ]);
});

Deno.test("InstanceStates reports a fault of all when their process ends, and forgets instances that a file lacks", () => {
  const states = new InstanceStates();
  states.load(vrrp, []);
  states.take(router("edge", "ipv4", "active"));
  const changes = states.lose("it has ended");
  assert.deepEqual(words(changes), ["instance edge fault"]);
  assert.equal(changes[0]?.router.reason, "it has ended");
  states.load([], []);
  assert.deepEqual(states.lose("again"), []);
  states.load(vrrp, []);
  assert.deepEqual(words(states.take(router("edge", "ipv4", "fault"))), ["instance edge fault"]);
});

Deno.test("stateEvent() is a stop for an instance that does not take part, and has the values of the deciding router", () => {
  const states = new InstanceStates();
  states.load(vrrp, []);
  const [change] = states.take(router("edge", "ipv4", "init"));
  assert.ok(change !== undefined);
  assert.deepEqual(stateEvent(change, 5), {
    kind: "stop",
    subject: "instance",
    name: "edge",
    reason: "10.0.0.2 advertises priority 90",
    priority: 90,
    device: "eth0",
    vrid: 51,
    at: 5,
  });
  assert.deepEqual(states.lose("x").map((each) => stateEvent(each, 5).kind), ["fault"]);
});

Deno.test("InstanceStates forgets the router of a family that the file has no more, although it stops after that", () => {
  const states = new InstanceStates();
  states.load(vrrp, vrrpGroups);
  states.takeAll([
    router("edge", "ipv4", "active"),
    router("edge", "ipv6", "fault"),
    router("inside", "ipv4", "active"),
  ]);
  const [edge, ...others] = vrrp;
  assert.ok(edge !== undefined);
  states.load([{ ...edge, vips: edge.vips.slice(0, 1) }, ...others], vrrpGroups);
  assert.deepEqual(words(states.take(router("edge", "ipv6", "init"))), []);
  const routers = [router("edge", "ipv4", "active"), router("inside", "ipv4", "active")];
  assert.deepEqual(words(states.takeAll(routers)), ["instance edge active", "group site active"]);
  assert.deepEqual(words(states.takeAll(routers)), []);
});

Deno.test("InstanceStates knows the state of a group and of a renamed instance that the file has since the last status", () => {
  const states = new InstanceStates();
  states.load(vrrp, []);
  for (const each of [router("edge", "ipv4", "active"), router("inside", "ipv4", "active")]) states.take(each);
  const renamed = vrrp.map((each) => each.name === "edge" ? { ...each, name: "outside" } : each);
  states.load(renamed, [{ name: "site", members: ["outside", "inside"], notify: [] }]);
  assert.deepEqual(
    words(states.takeAll([router("outside", "ipv4", "active"), router("inside", "ipv4", "active")])),
    ["instance outside active", "group site active"],
  );
  assert.deepEqual(states.groups.map(({ state }) => state), ["active"]);
});

Deno.test("InstanceStates takes no state from a status of routers that do not take part yet", () => {
  const states = new InstanceStates();
  states.load(vrrp, []);
  assert.deepEqual(words(states.takeAll([router("edge", "ipv4", "init"), router("inside", "ipv4", "backup")])), [
    "instance inside backup",
  ]);
});
