import assert from "node:assert/strict";
import fc from "fast-check";
import { isEmptyPlan, readKernel, type Target } from "../../../../core/reconcile/mod.ts";
import { changesSince, formatSnapshot, targetBefore } from "../../../../cli/journal/snapshot.ts";
import { parseSnapshot } from "../../../../cli/journal/snapshot_reader.ts";
import { applyTarget } from "../../../support/apply_target.ts";
import { anyStatePair, PROPERTY } from "../../../support/arbitraries.ts";
import { inOrder, memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernelOptions } from "../../../support/kernel/options.ts";
import { realServer, serviceEntry, serviceId, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

/** Applies a target; returns the snapshot's text, undefined if there was nothing to change. */
function applied(client: Parameters<typeof applyTarget>[0], target: Target): string | undefined {
  const plan = applyTarget(client, target);
  return isEmptyPlan(plan) ? undefined : formatSnapshot(plan);
}

Deno.test("targetBefore() undoes an apply exactly, and changesSince() finds no change by other programs", () => {
  let count = 0;
  fc.assert(
    fc.property(anyStatePair, fc.boolean(), ([current, desired], exact) => {
      // Servers of another family would be refused while a sync daemon runs.
      if (!exact && current.syncDaemons.length > 0 !== desired.syncDaemons.length > 0) return;
      using client = memoryKernel(current).openClient();
      const text = applied(client, { ...desired, exact });
      if (text === undefined) return;
      count++;
      const snapshot = parseSnapshot(text, "test");
      const now = readKernel(client);
      assert.deepEqual(changesSince(snapshot, now), []);
      const back = targetBefore(snapshot, []);
      assert.deepEqual(changesSince(snapshot, readKernel(client, back.within)), []);
      applyTarget(client, back);
      assert.deepEqual(stateOf(client), inOrder(current));
      assert.deepEqual(applyTarget(client, back).changes, []);
    }),
    { ...PROPERTY, numRuns: 1200 },
  );
  assert.ok(count >= 500, `${count} pairs`);
});

const TIMEOUTS = { tcpSeconds: 7, tcpFinSeconds: 8, udpSeconds: 9 };

Deno.test("changesSince() names changes by other programs to the changed objects alone", () => {
  using client = memoryKernel({
    services: [
      serviceEntry(WEB, "10.0.0.11:80"),
      serviceEntry("fwmark:1"),
      serviceEntry("fwmark:2"),
      serviceEntry("fwmark:9"),
    ],
  }).openClient();
  const text = applied(client, {
    services: [
      serviceEntry(WEB, "10.0.0.12:80"),
      serviceEntry("fwmark:2", "10.0.0.1:0"),
      serviceEntry("fwmark:3"),
      serviceEntry("fwmark:9"),
    ],
    exact: true,
    timeouts: TIMEOUTS,
  });
  const snapshot = parseSnapshot(text ?? "", "test");
  client.addServer(serviceId("fwmark:9"), realServer("10.0.0.1:0"));
  client.addService(virtualService("fwmark:8"));
  assert.deepEqual(changesSince(snapshot, readKernel(client)), []);
  client.editServer(serviceId(WEB), realServer("10.0.0.12:80", { weight: 2 }));
  client.addService(virtualService("fwmark:1"));
  client.deleteService(serviceId("fwmark:3"));
  client.setTimeouts({ tcpSeconds: 11, tcpFinSeconds: 0, udpSeconds: 0 });
  assert.deepEqual(changesSince(snapshot, readKernel(client)), [
    `${WEB}: changed`,
    "fwmark:3: missing",
    "fwmark:1: added again",
    "timeouts/tcp: 11s, not 7s",
  ]);
  // Undoing it nevertheless changes the objects of the apply alone, with additions by other programs.
  applyTarget(client, targetBefore(snapshot, []));
  assert.deepEqual(stateOf(client).services, [
    serviceEntry(WEB, "10.0.0.11:80"),
    serviceEntry("fwmark:1"),
    serviceEntry("fwmark:2"),
    serviceEntry("fwmark:8"),
    serviceEntry("fwmark:9", "10.0.0.1:0"),
  ]);
});

Deno.test("changesSince() finds no change if the kernel reports a server as local", () => {
  const kernel: MemoryKernelOptions = { reportsLocalNodes: true };
  for (const forward of ["nat", "dr"] as const) {
    using client = memoryKernel({}, kernel).openClient();
    const services = [{ service: virtualService(WEB), servers: [realServer("127.0.0.1:80", { forward })] }];
    const snapshot = parseSnapshot(applied(client, { services, exact: true }) ?? "", "test");
    assert.equal(client.servers(serviceId(WEB))[0]?.forward, "local");
    assert.deepEqual(changesSince(snapshot, readKernel(client)), []);
  }
});

Deno.test("a snapshot of restoring a large table into an empty one has no server in it", () => {
  using client = memoryKernel({}).openClient();
  const servers = Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}:80`);
  const text = applied(client, { services: [serviceEntry(WEB, ...servers)], exact: true }) ?? "";
  assert.ok(text.length < 400, `${text.length} characters`);
  assert.equal(parseSnapshot(text, "test").after, undefined);
});

Deno.test("a snapshot has the services after the change, without deleted ones, if they are few", () => {
  using client = memoryKernel({ services: [serviceEntry("fwmark:1"), serviceEntry("fwmark:2")] }).openClient();
  const services = [serviceEntry(WEB, "10.0.0.1:80"), serviceEntry("fwmark:2")];
  const text = applied(client, { services, exact: true }) ?? "";
  assert.deepEqual(parseSnapshot(text, "test").after, [serviceEntry(WEB, "10.0.0.1:80")]);
});
