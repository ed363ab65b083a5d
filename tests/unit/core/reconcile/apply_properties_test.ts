import assert from "node:assert/strict";
import fc from "fast-check";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { formatServiceId, type KernelState } from "../../../../core/model/mod.ts";
import { planChanges, planTarget } from "../../../../core/reconcile/mod.ts";
import { applyTarget } from "../../../support/apply_target.ts";
import { anyStatePair, PROPERTY } from "../../../support/arbitraries.ts";
import { inOrder, memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";

const EINVAL = 22;
const ENOBUFS = 105;

const AS_BEFORE = "the table is as it was before";

function check(property: (current: KernelState, desired: KernelState, seed: number) => void, numRuns: number): void {
  fc.assert(
    fc.property(anyStatePair, fc.nat(), ([current, desired], seed) => property(current, desired, seed)),
    { ...PROPERTY, numRuns },
  );
}

/** What apply throws, or `undefined`. */
function failureOf(run: () => unknown): LvsctlError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof LvsctlError) return error;
    throw error;
  }
}

/** Watches that no service that both states have servers for is ever without one. */
function watch(kernel: MemoryKernel, current: KernelState, desired: KernelState): Disposable {
  const client = kernel.openClient();
  const served = ({ services }: KernelState): Set<string> =>
    new Set(services.filter(({ servers }) => servers.length > 0).map(({ service }) => formatServiceId(service.id)));
  const names = served(desired);
  const watched = current.services
    .filter(({ service, servers }) => servers.length > 0 && names.has(formatServiceId(service.id)));
  // Kept for the end, for whatever is thrown here comes out of a system call and is taken for its failure.
  const empty: string[] = [];
  kernel.faults.afterChange = () => {
    for (const { service } of watched) {
      if (client.servers(service.id).length === 0) empty.push(formatServiceId(service.id));
    }
  };
  return {
    [Symbol.dispose]: () => {
      client.close();
      assert.deepEqual(empty, [], "services were without servers");
    },
  };
}

Deno.test("applyPlan() makes the kernel exactly the target, and leaves nothing to plan", () => {
  check((current, desired) => {
    using client = memoryKernel(current).openClient();
    const { before } = applyTarget(client, { ...desired, exact: true });
    assert.deepEqual(inOrder(before), inOrder(current));
    assert.deepEqual(stateOf(client), inOrder(desired));
    assert.deepEqual(planChanges(stateOf(client), { ...desired, exact: true }), []);
    assert.deepEqual(applyTarget(client, { ...desired, exact: true }).changes, []);
  }, 600);
});

Deno.test("applyPlan() leaves what the target does not name, unless it is to be exact", () => {
  check((current, desired) => {
    using client = memoryKernel(current).openClient();
    const named = new Set(desired.services.map(({ service }) => formatServiceId(service.id)));
    const unnamed = current.services.filter(({ service }) => !named.has(formatServiceId(service.id)));
    // Servers of another family would be refused while a sync daemon runs.
    if (desired.syncDaemons.length === 0 && current.syncDaemons.length > 0) return;
    if (desired.syncDaemons.length > 0 && current.syncDaemons.length === 0) return;
    const { changes } = applyTarget(client, { services: desired.services, exact: false });
    assert.deepEqual(stateOf(client), inOrder({ ...current, services: [...desired.services, ...unnamed] }));
    for (const change of changes) assert.match(change.operation, /^(add|edit)(Service|Server)$|^deleteServer$/);
  }, 600);
});

Deno.test("planTarget() changes nothing, and gives the changes that applyPlan() makes", () => {
  check((current, desired) => {
    const kernel = memoryKernel(current);
    using client = kernel.openClient();
    let changesMade = 0;
    kernel.faults.afterChange = () => void changesMade++;
    const { changes } = planTarget(client, { ...desired, exact: true });
    assert.equal(changesMade, 0);
    assert.deepEqual(stateOf(client), inOrder(current));
    assert.deepEqual(applyTarget(client, { ...desired, exact: true }).changes, changes);
  }, 100);
});

Deno.test("applyPlan() keeps a server in every service that has servers before and after", () => {
  check((current, desired) => {
    const kernel = memoryKernel(current);
    using client = kernel.openClient();
    using _watch = watch(kernel, current, desired);
    applyTarget(client, { ...desired, exact: true });
  }, 200);
});

Deno.test("applyPlan() undoes everything when a change fails, whichever it is", () => {
  check((current, desired) => {
    const steps = planChanges(current, { ...desired, exact: true }).length;
    for (let step = 0; step < steps; step++) {
      const kernel = memoryKernel(current);
      using client = kernel.openClient();
      using _watch = watch(kernel, current, desired);
      kernel.faults.failChange(step, EINVAL);
      const failure = failureOf(() => applyTarget(client, { ...desired, exact: true }));
      assert.deepEqual([failure?.errno, failure?.exitCode], ["EINVAL", EXIT.refused], failure?.message);
      assert.ok(failure?.message.endsWith(AS_BEFORE), failure?.message);
      kernel.faults.clear();
      assert.deepEqual(stateOf(client), inOrder(current));
    }
  }, 60);
});

Deno.test("applyPlan() undoes a change that fails in a target that is not exact", () => {
  check((current, desired, seed) => {
    const target = { services: desired.services, exact: false };
    const steps = planChanges({ ...current, syncDaemons: [] }, target).length;
    if (steps === 0) return;
    const kernel = memoryKernel({ ...current, syncDaemons: [] });
    using client = kernel.openClient();
    kernel.faults.failChange(seed % steps, EINVAL);
    assert.ok(failureOf(() => applyTarget(client, target))?.message.endsWith(AS_BEFORE));
    assert.deepEqual(stateOf(client), inOrder({ ...current, syncDaemons: [] }));
  }, 500);
});

Deno.test("applyPlan() says truly what became of the table when answers are lost", () => {
  const outcomes = { done: 0, untouched: 0, undone: 0, partial: 0 };
  check((current, desired, seed) => {
    const kernel = memoryKernel(current);
    using client = kernel.openClient();
    kernel.faults.failReceive(seed % 80, ENOBUFS);
    if (seed % 3 === 0) kernel.faults.failReceive((seed >> 2) % 120, ENOBUFS);
    const failure = failureOf(() => applyTarget(client, { ...desired, exact: true }));
    kernel.faults.clear();
    const state = stateOf(client);
    if (failure === undefined) {
      outcomes.done++;
      assert.deepEqual(state, inOrder(desired));
    } else if (failure.exitCode === EXIT.partial) {
      outcomes.partial++;
      assert.match(failure.message, /could not be undone|undoing failed too|still to do is/);
    } else {
      outcomes[failure.message.endsWith(AS_BEFORE) ? "undone" : "untouched"]++;
      assert.equal(failure.errno, "ENOBUFS");
      assert.deepEqual(state, inOrder(current));
    }
  }, 600);
  // The property says nothing where these do not all come up.
  for (const [name, count] of Object.entries(outcomes)) assert.ok(count >= 5, `${name}: ${count}`);
});
