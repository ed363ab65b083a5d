import assert from "node:assert/strict";
import fc from "fast-check";
import { formatServerId, type RealServer, type ServiceEntry } from "../../../../core/model/mod.ts";
import { applyPlan, planTarget } from "../../../../core/reconcile/mod.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const SERVICE = serviceId(WEB);

function entry(scheduler: string, servers: readonly RealServer[]): ServiceEntry {
  return { service: { ...virtualService(WEB), scheduler }, servers };
}

/** A server by its last number, and its weight: "12", "12=0". */
function server(text: string): RealServer {
  const [last, weight = "1"] = text.split("=");
  return realServer(`10.0.0.${last}:80`, { weight: Number(weight) });
}

/** The servers of the service in the order in which they were added, and the number of changes. */
function reorder(
  present: readonly string[],
  wanted: readonly string[],
  { scheduler = "mh", ordersServers = true }: { readonly scheduler?: string; readonly ordersServers?: boolean } = {},
): readonly [order: string, changes: number] {
  using kernel = memoryKernel({ services: [entry(scheduler, present.map(server))] }).openClient();
  const target = { services: [entry(scheduler, wanted.map(server))], exact: false, ordersServers };
  const plan = planTarget(kernel, target);
  applyPlan(kernel, plan);
  assert.deepEqual(planTarget(kernel, target).changes, [], "nothing is left to do");
  const numbers = kernel.servers(SERVICE).map(({ address, weight }) =>
    `${address.split(".")[3]}${weight === 1 ? "" : `=${weight}`}`
  );
  return [numbers.toReversed().join(" "), plan.changes.length];
}

Deno.test("servers of mh and sh get the order of their addresses, and of other schedulers any order", () => {
  for (const scheduler of ["mh", "sh"]) {
    assert.deepEqual(reorder(["13", "11", "12"], ["11", "12", "13"], { scheduler }), ["11 12 13", 2]);
  }
  for (const scheduler of ["wlc", "rr", "dh"]) {
    assert.deepEqual(reorder(["13", "11", "12"], ["11", "12", "13"], { scheduler }), ["13 11 12", 0]);
  }
  assert.deepEqual(reorder(["12", "11"], ["11", "12"], { ordersServers: false }), ["12 11", 0]);
});

Deno.test("only servers behind the first one that is out of order are added again", () => {
  assert.deepEqual(reorder(["11", "12", "13"], ["13", "12", "11"]), ["11 12 13", 0]);
  assert.deepEqual(reorder(["11", "12", "13"], ["11", "13"]), ["11 13", 1], "a removal keeps the order");
  assert.deepEqual(reorder(["11", "13"], ["11", "13", "14"]), ["11 13 14", 1]);
  assert.deepEqual(reorder(["11", "13"], ["11", "12", "13"]), ["11 12 13", 3], "13 is deleted and added");
  assert.deepEqual(reorder(["12", "11=5"], ["11=7", "12"]), ["11=7 12", 3], "11 is edited and stays");
});

Deno.test("a server that gets weight 0 keeps its slots, and one that has weight 0 is not added again", () => {
  assert.deepEqual(reorder(["12", "11"], ["11", "12=0"]), ["11 12=0", 3], "with its weight, then weight 0");
  assert.deepEqual(reorder(["12=0", "11"], ["11", "12=0"]), ["12=0 11", 0]);
  assert.deepEqual(reorder(["12=0", "11"], ["11", "12"]), ["11 12", 2]);
});

Deno.test("a new service of mh gets its servers in order without being asked for it", () => {
  using kernel = memoryKernel({}).openClient();
  applyPlan(kernel, planTarget(kernel, { services: [entry("mh", ["13", "11", "12"].map(server))], exact: false }));
  assert.deepEqual(kernel.servers(SERVICE).map(formatServerId), ["10.0.0.13:80", "10.0.0.12:80", "10.0.0.11:80"]);
});

Deno.test("two directors with the same servers have the same order, whatever happened before", () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 11, max: 30 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(numbers, numbers, numbers, (first, second, wanted) => {
    const texts = wanted.map(String);
    const sorted = [...wanted].sort((a, b) => a - b).join(" ");
    assert.equal(reorder(first.map(String), texts)[0], sorted);
    assert.equal(reorder(second.map(String), texts)[0], sorted);
  }));
});
