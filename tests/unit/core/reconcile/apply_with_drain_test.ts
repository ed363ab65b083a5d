import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { formatServerId, type KernelState } from "../../../../core/model/mod.ts";
import { type AwaitedServer, planChanges, type Target } from "../../../../core/reconcile/mod.ts";
import { applyTargetWithDrain } from "../../../support/apply_target.ts";
import { anyStatePair, PROPERTY } from "../../../support/arbitraries.ts";
import { inOrder, memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import { realServer, serviceEntry, serviceId, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const [EINVAL, ENOBUFS] = [22, 105];
const AS_BEFORE = "the table is as it was before";
const AT_ONCE = { wait: () => Promise.resolve() };

async function failureOf(run: () => Promise<unknown>): Promise<LvsctlError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof LvsctlError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

function exactly(state: KernelState): Target {
  return { ...state, exact: true };
}

Deno.test("applyPlanWithDrain() makes the kernel exactly the target, and leaves nothing to plan", async () => {
  await fc.assert(
    fc.asyncProperty(anyStatePair, async ([current, desired]) => {
      using client = memoryKernel(current).openClient();
      const { changes, before } = await applyTargetWithDrain(client, exactly(desired), AT_ONCE);
      assert.deepEqual(changes, planChanges(before, exactly(desired), { drain: true }));
      assert.deepEqual(stateOf(client), inOrder(desired));
      assert.deepEqual((await applyTargetWithDrain(client, exactly(desired), AT_ONCE)).changes, []);
    }),
    PROPERTY,
  );
});

Deno.test("applyPlanWithDrain() undoes everything when a change fails, whichever it is", async () => {
  await fc.assert(
    fc.asyncProperty(anyStatePair, async ([current, desired]) => {
      const steps = planChanges(current, exactly(desired), { drain: true }).length;
      for (let step = 0; step < steps; step++) {
        const kernel = memoryKernel(current);
        using client = kernel.openClient();
        kernel.faults.failChange(step, EINVAL);
        const failure = await failureOf(() => applyTargetWithDrain(client, exactly(desired), AT_ONCE));
        assert.deepEqual([failure.errno, failure.exitCode], ["EINVAL", EXIT.refused], failure.message);
        assert.ok(failure.message.endsWith(AS_BEFORE), failure.message);
        assert.deepEqual(stateOf(client), inOrder(current));
      }
    }),
    { ...PROPERTY, numRuns: 40 },
  );
});

Deno.test("applyPlanWithDrain() waits with servers that go at weight 0, others added, and nothing deleted", async () => {
  using client = memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry("fwmark:1", "10.0.0.11:0")],
  }).openClient();
  const seen: unknown[] = [];
  const wait = (leaving: readonly AwaitedServer[]): Promise<void> => {
    seen.push(leaving.map(({ server }) => formatServerId(server)), weights());
    return Promise.resolve();
  };
  const weights = (): string[] =>
    client.servers(serviceId(WEB)).map((server) => `${formatServerId(server)} ${server.weight}`).sort();
  await applyTargetWithDrain(client, { services: [serviceEntry(WEB, "10.0.0.12:80", "10.0.0.13:80")], exact: true }, {
    wait,
  });
  // Of a service that goes as a whole, nobody waits for the servers.
  assert.deepEqual(seen, [["10.0.0.11:80"], ["10.0.0.11:80 0", "10.0.0.12:80 1", "10.0.0.13:80 1"]]);
  assert.deepEqual(weights(), ["10.0.0.12:80 1", "10.0.0.13:80 1"]);
  assert.equal(client.services().length, 1);
});

Deno.test("applyPlanWithDrain() waits for nothing where no server goes", async () => {
  using client = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] }).openClient();
  const wait = (): Promise<void> => assert.fail("it waits");
  await applyTargetWithDrain(client, { services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")], exact: true }, {
    wait,
  });
  assert.equal(client.servers(serviceId(WEB)).length, 2);
});

Deno.test("applyPlanWithDrain() undoes everything when it is called off while it waits", async () => {
  using client = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] }).openClient();
  const before = stateOf(client);
  const wait = (): Promise<void> => Promise.reject(new LvsctlError("it was called off"));
  const failure = await failureOf(() =>
    applyTargetWithDrain(client, { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true }, { wait })
  );
  assert.equal(failure.message, `it was called off; ${AS_BEFORE}`);
  assert.deepEqual(stateOf(client), before);
});

Deno.test("applyPlanWithDrain() undoes everything when another program takes a server away while it waits", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")] });
  using client = kernel.openClient();
  using other = kernel.openClient();
  const before = stateOf(client);
  const wait = (): Promise<void> => {
    other.deleteServer(serviceId(WEB), realServer("10.0.0.12:80"));
    return Promise.resolve();
  };
  const failure = await failureOf(() =>
    applyTargetWithDrain(client, { services: [serviceEntry(WEB, "10.0.0.11:80")], exact: true }, { wait })
  );
  assert.match(failure.message, /has no such real server \(ENOENT\); .*; the table is as it was before$/);
  assert.deepEqual(stateOf(client), before);
});

Deno.test("applyPlanWithDrain() says what is left where another program changes what it has just made", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  using client = kernel.openClient();
  using other = kernel.openClient();
  const before = stateOf(client);
  kernel.faults.afterChange = () => {
    kernel.faults.afterChange = () => {};
    other.editServer(serviceId(WEB), realServer("10.0.0.11:80", { weight: 3 }));
  };
  const target = {
    services: [{
      service: virtualService(WEB),
      servers: [realServer("10.0.0.11:80", { weight: 1 }), realServer("10.0.0.12:80")],
    }],
    exact: true,
  };
  const failure = await failureOf(() => applyTargetWithDrain(client, target, AT_ONCE));
  assert.equal(
    failure.message,
    `Cannot verify the table: the kernel did not keep what it acknowledged: ${WEB}/10.0.0.11:80/weight: 3, not 1; ` +
      `another program may be changing it, or this kernel may lack the feature; ${AS_BEFORE}`,
  );
  assert.deepEqual(stateOf(client), before);
});

Deno.test("applyPlanWithDrain() undoes everything when a batch finds no buffer, or a dump is disturbed for ever", async () => {
  const services = [serviceEntry(WEB, "10.0.0.11:80")];
  const kernel = memoryKernel({ services });
  using client = kernel.openClient();
  const target = { services: [serviceEntry(WEB, "10.0.0.12:80", "10.0.0.13:80")], exact: true };
  const before = stateOf(client);
  // Four requests read the table; then come the additions, the quiescing and the deletion.
  for (const send of [4, 5, 6]) {
    kernel.faults.failSend(send, ENOBUFS);
    const failure = await failureOf(() => applyTargetWithDrain(client, target, AT_ONCE));
    assert.match(
      failure.message,
      /^Cannot change the table: the netlink socket failed, .* \(ENOBUFS\); .*as it was before$/,
    );
    assert.deepEqual(stateOf(client), before, `send ${send}`);
  }
  kernel.faults.disturbedDumps = 1000;
  const failure = await failureOf(() => applyTargetWithDrain(client, target, AT_ONCE));
  assert.match(failure.message, /^Cannot list .*: the table changed during every attempt \(EINTR\)/);
  kernel.faults.clear();
  assert.deepEqual(stateOf(client), before);
  // A dump that is disturbed once is simply taken again.
  kernel.faults.disturbedDumps = 1;
  await applyTargetWithDrain(client, target, AT_ONCE);
  assert.deepEqual(stateOf(client).services, target.services);
});
