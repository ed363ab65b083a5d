import assert from "node:assert/strict";
import fc from "fast-check";
import {
  EXIT,
  type InterruptingSignal,
  interruption,
  interruptionError,
  LvsctlError,
} from "../../../../core/errors/mod.ts";
import { IpvsClient } from "../../../../core/ipvs/mod.ts";
import { formatServerId, type KernelState, type ServiceEntry } from "../../../../core/model/mod.ts";
import type { Transport } from "../../../../core/netlink/mod.ts";
import { type AwaitedServer, planChanges, type Target } from "../../../../core/reconcile/mod.ts";
import { applyTargetWithDrain } from "../../../support/apply_target.ts";
import { anyStatePair, PROPERTY } from "../../../support/arbitraries.ts";
import { inOrder, memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import { MemoryKernel } from "../../../support/memory_kernel.ts";
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

Deno.test("applyPlanInParts() makes the kernel exactly the target, and leaves nothing to plan", async () => {
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

Deno.test("applyPlanInParts() undoes everything when a change fails, whichever it is", async () => {
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

Deno.test("applyPlanInParts() waits with servers that go at weight 0, others added, and nothing deleted", async () => {
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

Deno.test("applyPlanInParts() waits for nothing where no server goes", async () => {
  using client = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] }).openClient();
  const wait = (): Promise<void> => assert.fail("it waits");
  await applyTargetWithDrain(client, { services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")], exact: true }, {
    wait,
  });
  assert.equal(client.servers(serviceId(WEB)).length, 2);
});

Deno.test("applyPlanInParts() undoes everything when it is called off while it waits", async () => {
  using client = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] }).openClient();
  const before = stateOf(client);
  const wait = (): Promise<void> => Promise.reject(new LvsctlError("it was called off"));
  const failure = await failureOf(() =>
    applyTargetWithDrain(client, { services: [serviceEntry(WEB, "10.0.0.12:80")], exact: true }, { wait })
  );
  assert.equal(failure.message, `it was called off; ${AS_BEFORE}`);
  assert.deepEqual(stateOf(client), before);
});

/** A pause at which a signal arrives, once a number of others have passed. */
function pauseWithSignal(at: number, name: InterruptingSignal): () => Promise<void> {
  let passed = 0;
  return () =>
    passed++ < at
      ? Promise.resolve()
      : Promise.reject(interruptionError(AbortSignal.abort(interruption(name)), { operation: "change the table" }));
}

/** Firewall marks, each with one server of a weight. */
function marks(count: number, weight: number): ServiceEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    service: virtualService(`fwmark:${index + 1}`),
    servers: [realServer("10.0.0.11:0", { weight })],
  }));
}

/** Applies a target and lets a signal arrive at each pause in turn; the table must be as before every time. */
async function interruptAtEachPause(current: Partial<KernelState>, target: Target): Promise<number> {
  let pauses = 0;
  {
    using client = memoryKernel(current).openClient();
    const pause = (): Promise<void> => Promise.resolve(void pauses++);
    await applyTargetWithDrain(client, target, { ...AT_ONCE, pause });
  }
  for (let at = 0; at < pauses; at++) {
    const [name, status] = at % 2 === 0 ? ["SIGINT", EXIT.interrupted] as const : ["SIGTERM", EXIT.terminated] as const;
    using client = memoryKernel(current).openClient();
    const before = stateOf(client);
    const pause = pauseWithSignal(at, name);
    const failure = await failureOf(() => applyTargetWithDrain(client, target, { ...AT_ONCE, pause }));
    assert.equal(failure.message, `Cannot change the table: a signal interrupted it; ${AS_BEFORE}`);
    assert.equal(failure.exitCode, status);
    assert.deepEqual(stateOf(client), before, `pause ${at}`);
  }
  return pauses;
}

Deno.test("applyPlanInParts() undoes everything when a signal arrives, at whichever pause", async () => {
  await fc.assert(
    fc.asyncProperty(anyStatePair, async ([current, desired]) => {
      await interruptAtEachPause(current, exactly(desired));
    }),
    { ...PROPERTY, numRuns: 40 },
  );
});

Deno.test("applyPlanInParts() undoes the earlier parts of a large plan too", async () => {
  const target = { services: marks(500, 1), exact: true };
  // 500 services and as many servers in 4 parts, the deletion of the service that is in no file, and the verification.
  assert.equal(await interruptAtEachPause({ services: [serviceEntry(WEB, "10.0.0.11:80")] }, target), 7);
  const halved = { services: marks(250, 2), exact: true };
  assert.equal(await interruptAtEachPause({ services: marks(500, 1) }, halved), 4);
});

Deno.test("applyPlanInParts() needs no more system calls for its parts than for whole lists", async () => {
  const kernel = new MemoryKernel();
  const socket = kernel.connect();
  let sends = 0;
  const transport: Transport = {
    send: (bytes) => {
      sends++;
      socket.send(bytes);
    },
    receive: () => socket.receive(),
    close: () => socket.close(),
    [Symbol.dispose]: () => socket.close(),
  };
  using client = new IpvsClient(transport, { family: kernel.family });
  const sizes: number[] = [];
  const execute = client.execute.bind(client);
  client.execute = (changes, options) => {
    const before = sends;
    const errors = execute(changes, options);
    assert.equal(sends - before, 1);
    sizes.push(changes.length);
    return errors;
  };
  // The largest requests: IPv6 addresses, and every attribute that a service or a server can have.
  const services = Array.from({ length: 400 }, (_, index) => ({
    service: virtualService(`udp://[2001:db8::${index.toString(16)}]:5060`, {
      persistence: { timeoutSeconds: 300, netmask: 128, engine: "sip" },
    }),
    servers: [realServer("[2001:db8:1::11]:5060", { upperThreshold: 2, lowerThreshold: 1 })],
  }));
  await applyTargetWithDrain(client, { services, exact: true }, AT_ONCE);
  assert.deepEqual(sizes, [256, 256, 256, 32]);
});

Deno.test("applyPlanInParts() waits once for the connections of all servers that it deletes", async () => {
  const servers = Array.from({ length: 600 }, (_, index) => `10.0.${index >> 8}.${index & 255}:80`);
  using client = memoryKernel({ services: [serviceEntry(WEB, "10.1.0.1:80", ...servers)] }).openClient();
  const waits: number[] = [];
  const wait = (awaited: readonly AwaitedServer[]): Promise<void> => Promise.resolve(void waits.push(awaited.length));
  await applyTargetWithDrain(client, { services: [serviceEntry(WEB, "10.1.0.1:80")], exact: true }, { wait });
  assert.deepEqual(waits, [600]);
});

Deno.test("applyPlanInParts() undoes everything when another program takes a server away while it waits", async () => {
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

Deno.test("applyPlanInParts() says what is left where another program changes what it has just made", async () => {
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

Deno.test("applyPlanInParts() undoes everything when a batch finds no buffer, or a dump is disturbed for ever", async () => {
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
