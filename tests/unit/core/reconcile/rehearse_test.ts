import assert from "node:assert/strict";
import { planTarget, type Rehearsal, rehearsePlan, type Target } from "../../../../core/reconcile/mod.ts";
import type { ServiceEntry } from "../../../../core/model/mod.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import { realServer, serviceEntry, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const DNS = "udp://192.0.2.10:53";

function rehearsed(before: readonly ServiceEntry[], target: Partial<Target>): Rehearsal & { readonly table: unknown } {
  const kernel = memoryKernel({ services: before });
  using real = kernel.openClient();
  using other = memoryKernel({}).openClient();
  const plan = planTarget(real, { services: [], exact: false, ...target });
  const rehearsal = rehearsePlan(other, plan);
  assert.deepEqual(stateOf(real).services.length, before.length, "the real kernel is only read");
  return { ...rehearsal, table: stateOf(other).services };
}

Deno.test("rehearsePlan() makes the changes on a copy of what the plan starts from", () => {
  const wanted = [serviceEntry(WEB, "10.0.0.12:80"), serviceEntry(DNS, "10.0.0.11:53")];
  const { table, ...rehearsal } = rehearsed([serviceEntry(WEB, "10.0.0.11:80")], { services: wanted });
  assert.deepEqual(rehearsal, { refusals: [], difference: undefined, uncopied: [], rehearsed: 4, skipped: 0 });
  assert.deepEqual(table, wanted);
});

Deno.test("rehearsePlan() lists every refusal, but none that only follows from another", () => {
  const broken = { service: virtualService(WEB, { scheduler: "nope" }), servers: [realServer("10.0.0.11:80")] };
  const mixed = serviceEntry(DNS, "10.0.0.11:53", "224.0.0.1:53");
  const { refusals, difference } = rehearsed([], { services: [broken, mixed] });
  assert.deepEqual(refusals.map(({ operation, object, errno }) => [operation, object, errno]), [
    ["add virtual service", WEB, "ENOENT"],
    ["add real server", `224.0.0.1:53 of ${DNS}`, "EINVAL"],
  ]);
  assert.equal(difference, undefined);
});

Deno.test("rehearsePlan() skips what needs interfaces", () => {
  const { refusals, rehearsed: count, skipped } = rehearsed([], {
    services: [serviceEntry(WEB)],
    syncDaemons: [{ role: "master", interface: "eth0", syncId: 1 }],
  });
  assert.deepEqual([refusals, count, skipped], [[], 1, 1]);
});
