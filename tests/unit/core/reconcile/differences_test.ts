import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIpAddress, type RealServer, type Vip } from "../../../../core/model/mod.ts";
import { CurrentState, formatDifference, planChanges, vipDifferences } from "../../../../core/reconcile/mod.ts";
import { anyStatePair, PROPERTY } from "../../../support/arbitraries.ts";
import { realServer, serviceEntry, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const TIMEOUTS = { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 };

function told(current: readonly RealServer[], wanted: readonly RealServer[]): string[] {
  const state = { timeouts: TIMEOUTS, syncDaemons: [], services: [{ service: virtualService(WEB), servers: current }] };
  const plan = planChanges(state, { services: [{ service: virtualService(WEB), servers: wanted }], exact: true });
  const kernel = new CurrentState(state);
  return plan.flatMap((change) => kernel.differences(change)).map(formatDifference);
}

Deno.test("CurrentState tells for every change that is planned in what the kernel differs, each with its own path", () => {
  fc.assert(
    fc.property(anyStatePair, ([current, desired]) => {
      const state = new CurrentState(current);
      for (const change of planChanges(current, { ...desired, exact: true })) {
        const differences = state.differences(change);
        assert.ok(differences.length > 0, JSON.stringify(change));
        assert.equal(new Set(differences.map(({ path }) => path)).size, differences.length);
        for (const { path, field, current, wanted } of differences) {
          assert.notEqual(current, wanted, path);
          assert.ok(path.endsWith(field), path);
        }
      }
    }),
    { ...PROPERTY, numRuns: 300 },
  );
});

Deno.test("CurrentState names service, server and field, and both values", () => {
  assert.deepEqual(told([realServer("10.0.0.1:80", { weight: 3 })], [realServer("10.0.0.1:80")]), [
    "tcp://192.0.2.10:80/10.0.0.1:80/weight: 3, not 1",
  ]);
  assert.deepEqual(told([realServer("10.0.0.1:80")], [realServer("[::1]:80", { forward: "tun" })]), [
    "tcp://192.0.2.10:80/[::1]:80: missing",
    "tcp://192.0.2.10:80/10.0.0.1:80: not wanted",
  ]);
});

Deno.test("CurrentState takes local for the method that is wanted", () => {
  const current = realServer("127.0.0.1:80", { forward: "local", weight: 2 });
  for (const forward of ["nat", "dr", "tun"] as const) {
    assert.deepEqual(told([current], [realServer("127.0.0.1:80", { forward, weight: 2 })]), []);
    assert.deepEqual(
      told([current], [realServer("127.0.0.1:80", { forward, weight: 1 })]).filter((line) => line.includes("forward")),
      [],
    );
  }
});

Deno.test("CurrentState takes dr for a wanted local, which is sent as dr", () => {
  const wanted = realServer("10.0.0.1:80", { forward: "local" });
  assert.deepEqual(told([realServer("10.0.0.1:80", { forward: "dr" })], [wanted]), []);
  assert.deepEqual(told([realServer("10.0.0.1:80")], [wanted]), [
    "tcp://192.0.2.10:80/10.0.0.1:80/forward: nat, not dr",
  ]);
});

Deno.test("CurrentState tells what differs in a service, the timeouts and a sync daemon", () => {
  const state = {
    timeouts: TIMEOUTS,
    syncDaemons: [{ role: "master", interface: "eth0", syncId: 1, ttl: 1 } as const],
    services: [serviceEntry(WEB)],
  };
  const persistence = { timeoutSeconds: 300, netmask: 0xffffff00 };
  const plan = planChanges(state, {
    services: [{ service: virtualService(WEB, { scheduler: "sh", schedulerFlags: 2, persistence }), servers: [] }],
    exact: false,
    timeouts: { tcpSeconds: 60, tcpFinSeconds: 0, udpSeconds: 300 },
    syncDaemons: [{ role: "master", interface: "eth0", syncId: 2 }],
  });
  const kernel = new CurrentState(state);
  assert.deepEqual(plan.flatMap((change) => kernel.differences(change)).map(formatDifference), [
    "timeouts/tcp: 15m, not 1m",
    "sync_daemons/master: not wanted",
    `${WEB}/scheduler: rr, not sh`,
    `${WEB}/scheduler_flags: [], not [sh-port]`,
    `${WEB}/persistence/timeout: none, not 5m`,
    `${WEB}/persistence/netmask: 255.255.255.255, not 255.255.255.0`,
    "sync_daemons/master/sync_id: 1, not 2",
  ]);
});

Deno.test("vipDifferences() tells what is edited of a VIP", () => {
  const vip: Vip = {
    address: parseIpAddress("192.0.2.10"),
    prefixLength: 32,
    device: "eth0",
    scope: "global",
    dad: false,
    prefixRoute: true,
  };
  const change = { operation: "editVip", from: vip, vip: { ...vip, prefixLength: 24, label: "eth0:web" } } as const;
  assert.deepEqual(vipDifferences(change).map(formatDifference), [
    "vips/192.0.2.10/24 on eth0/prefix_length: 32, not 24",
    "vips/192.0.2.10/24 on eth0/label: none, not eth0:web",
  ]);
  assert.deepEqual(vipDifferences({ operation: "addVip", vip }).map(formatDifference), [
    "vips/192.0.2.10/32 on eth0: missing",
  ]);
});
