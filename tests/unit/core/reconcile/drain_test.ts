import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { sleep } from "../../../../core/time/mod.ts";
import { type Change, type CountedServer, formatServerId, type RealServer } from "../../../../core/model/mod.ts";
import {
  type ConnectionEnds,
  drain,
  type DrainKernel,
  type DrainRequest,
  type DrainResult,
} from "../../../../core/reconcile/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";

const WEB = serviceId("tcp://192.0.2.10:80");
const A = "10.0.0.11:80";
const B = "10.0.0.12:80";

/** Active, inactive and persistent connections of servers; none where it has no entry. */
type Counts = Record<string, readonly [number, number, number]>;

/** A kernel with a service of two servers, whose connections the test sets, and a draining of them. */
class Bench {
  readonly kernel: MemoryKernel;
  readonly clock = new FakeClock();
  readonly counts: Counts = {};
  /** Connections that are closed, and that are not, as the kernel's table has them. */
  readonly ends: Record<string, ConnectionEnds> = {};
  /** How long it takes to read the table; milliseconds. */
  lookUpMs = 0;
  /** When the table was read, and for which servers. */
  readonly lookUps: string[] = [];
  readonly controller = new AbortController();
  readonly progress: string[] = [];
  #lookingUpMs = 0;
  result: DrainResult | undefined;
  failure: unknown;

  constructor(weights: Readonly<Record<string, number>> = { [A]: 3, [B]: 1 }) {
    const servers = Object.entries(weights).map(([name, weight]) => realServer(name, { weight, upperThreshold: 9 }));
    this.kernel = memoryKernel({ services: [{ service: virtualService("tcp://192.0.2.10:80"), servers }] });
  }

  /** Starts to drain, and lets it come to its first wait. */
  async start(
    names: readonly string[],
    options: Partial<DrainRequest> & {
      readonly restore?: boolean;
      readonly refuse?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<void> {
    const { restore = false, refuse = {}, ...others } = options;
    const client = this.kernel.openClient();
    const present = new Map(client.servers(WEB).map((server) => [formatServerId(server), server]));
    const servers = names.flatMap((name) => present.get(name) ?? []);
    const kernel: DrainKernel = {
      countedServers: (id) => client.countedServers(id).map((server) => this.#counted(server)),
      execute: (changes) => {
        const errors = changes.map((change) => refuse[subject(change)]);
        const taken = changes.filter((_, index) => errors[index] === undefined);
        const refused = errors.flatMap((errno, index): [number, LvsctlError][] =>
          errno === undefined ? [] : [[index, new LvsctlError("refused", { errno })]]
        );
        const made = client.execute(taken);
        assert.ok(made.size === 0 || taken.length === changes.length);
        return refused.length > 0 ? new Map(refused) : made;
      },
    };
    const request: DrainRequest = {
      id: WEB,
      servers,
      then: "delete",
      onTimeout: "delete",
      persistent: false,
      timeoutMs: 60_000,
      intervalMs: 1000,
      ...others,
    };
    drain(kernel, request, {
      now: () => this.clock.now() + this.#lookingUpMs,
      sleep: (delayMs, signal) => sleep(delayMs, { clock: this.clock, signal }),
      signal: this.controller.signal,
      restore,
      lookUp: (services) => {
        const servers = services.flatMap(({ servers }) => servers);
        this.lookUps.push(`${this.clock.now()} ${servers.map(formatServerId).join(" ")}`);
        this.#lookingUpMs += this.lookUpMs;
        return [new Map(Object.entries(this.ends))];
      },
      onProgress: ({ waiting, elapsedMs, remainingMs }) => {
        const closed = waiting.flatMap((server) => server.closedConnections > 0 ? [server.closedConnections] : []);
        this.progress.push([waiting.map(formatServerId).join(" "), elapsedMs, remainingMs, ...closed].join(" "));
      },
    }).then((result) => this.result = result, (error) => this.failure = error).finally(() => client.close());
    await settle();
  }

  /** The weights in the kernel. */
  weights(): Readonly<Record<string, number>> {
    using client = this.kernel.openClient();
    return Object.fromEntries(client.servers(WEB).map((server) => [formatServerId(server), server.weight]));
  }

  /** Changes the kernel as somebody else does. */
  meanwhile(...changes: readonly Change[]): void {
    using client = this.kernel.openClient();
    assert.equal(client.execute(changes).size, 0);
  }

  /** What became of the servers, in words. */
  fates(): readonly string[] | undefined {
    return this.result?.servers.map((server) =>
      `${formatServerId(server)} ${server.fate} ${server.connections} ${server.formerWeight} ${server.elapsedMs}`
    );
  }

  #counted(server: CountedServer): CountedServer {
    const [activeConnections, inactiveConnections, persistentConnections] = this.counts[formatServerId(server)] ??
      [0, 0, 0];
    return { ...server, activeConnections, inactiveConnections, persistentConnections };
  }
}

/** What a change does to which server: "editServer 10.0.0.11:80". */
function subject(change: Change): string {
  return `${change.operation} ${"server" in change ? formatServerId(change.server) : ""}`;
}

function edit(name: string, properties: Partial<Omit<RealServer, "address" | "port">>): Change {
  return { operation: "editServer", id: WEB, server: realServer(name, properties) };
}

Deno.test("drain() takes the weight and nothing else, waits for active and inactive connections, then deletes", async () => {
  const bench = new Bench();
  bench.counts[A] = [2, 1, 5];
  await bench.start([A]);
  assert.deepEqual(bench.weights(), { [A]: 0, [B]: 1 });
  using client = bench.kernel.openClient();
  assert.equal(client.servers(WEB).find((server) => formatServerId(server) === A)?.upperThreshold, 9);
  await bench.clock.advance(5000);
  bench.counts[A] = [0, 1, 5];
  await bench.clock.advance(5000);
  assert.deepEqual([bench.result, bench.weights()], [undefined, { [A]: 0, [B]: 1 }]);
  bench.counts[A] = [0, 0, 5];
  await bench.clock.advance(1000);
  assert.deepEqual(bench.fates(), [`${A} deleted 0 3 11000`]);
  assert.deepEqual(bench.weights(), { [B]: 1 });
  assert.deepEqual(bench.progress.slice(0, 2), [`${A} 0 60000`, `${A} 1000 59000`]);
  assert.equal(bench.clock.pending, 0);
});

Deno.test("drain() deletes a server without connections at once", async () => {
  const bench = new Bench();
  await bench.start([A]);
  assert.deepEqual([bench.fates(), bench.progress], [[`${A} deleted 0 3 0`], []]);
});

Deno.test("drain() waits for templates if asked to", async () => {
  const bench = new Bench();
  bench.counts[A] = [0, 0, 2];
  await bench.start([A], { persistent: true });
  await bench.clock.advance(3000);
  assert.equal(bench.result, undefined);
  delete bench.counts[A];
  await bench.clock.advance(1000);
  assert.deepEqual(bench.fates(), [`${A} deleted 0 3 4000`]);
});

Deno.test("drain() deletes at the deadline, not a moment later, and counts what was left", async () => {
  const bench = new Bench();
  bench.counts[A] = [2, 1, 7];
  await bench.start([A], { timeoutMs: 2500 });
  await bench.clock.advance(2499);
  assert.equal(bench.result, undefined);
  await bench.clock.advance(1);
  assert.deepEqual(bench.fates(), [`${A} deleted 3 3 2500`]);
  assert.deepEqual(bench.weights(), { [B]: 1 });
});

Deno.test("drain() keeps a server if asked to, whether its connections are gone or its time is up", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 0, 0];
  bench.counts[B] = [1, 0, 0];
  await bench.start([A, B], { then: "keep", timeoutMs: 3000 });
  await bench.clock.advance(500);
  delete bench.counts[B];
  await bench.clock.advance(5000);
  assert.deepEqual(bench.fates(), [`${A} kept 1 3 3000`, `${B} kept 0 1 1000`]);
  assert.deepEqual(bench.weights(), { [A]: 0, [B]: 0 });
});

Deno.test("drain() lets each server go when it is its turn", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 0, 0];
  bench.counts[B] = [1, 0, 0];
  await bench.start([A, B]);
  delete bench.counts[A];
  await bench.clock.advance(1000);
  assert.deepEqual([bench.weights(), bench.result], [{ [B]: 0 }, undefined]);
  delete bench.counts[B];
  await bench.clock.advance(1000);
  assert.deepEqual(bench.fates(), [`${A} deleted 0 3 1000`, `${B} deleted 0 1 2000`]);
});

Deno.test("drain() takes a server, or the whole service, that is gone meanwhile for done", async () => {
  for (
    const change of [
      { operation: "deleteServer", id: WEB, server: realServer(A) },
      { operation: "deleteService", id: WEB },
    ] as const
  ) {
    const bench = new Bench();
    bench.counts[A] = [1, 0, 0];
    await bench.start([A]);
    bench.meanwhile(change);
    await bench.clock.advance(1000);
    assert.deepEqual(bench.fates(), [`${A} gone 0 3 1000`], change.operation);
  }
});

Deno.test("drain() leaves a server alone that somebody gives a weight meanwhile", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 0, 0];
  await bench.start([A]);
  bench.meanwhile(edit(A, { weight: 5 }));
  delete bench.counts[A];
  await bench.clock.advance(1000);
  assert.deepEqual(bench.fates(), [`${A} reweighted 0 3 1000`]);
  assert.deepEqual(bench.weights(), { [A]: 5, [B]: 1 });
});

Deno.test("drain() that is called off leaves the servers quiesced, and stops at once", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 0, 0];
  await bench.start([A]);
  await bench.clock.advance(1500);
  bench.controller.abort();
  await settle();
  assert.deepEqual([bench.fates(), bench.result?.isInterrupted], [[`${A} quiesced 1 3 1500`], true]);
  assert.deepEqual([bench.weights(), bench.clock.pending], [{ [A]: 0, [B]: 1 }, 0]);
});

Deno.test("drain() that is called off puts weights back if asked to, and keeps what else was edited", async () => {
  const bench = new Bench({ [A]: 3, [B]: 0, "10.0.0.13:80": 2, "10.0.0.14:80": 4 });
  for (const name of [A, B, "10.0.0.13:80"]) bench.counts[name] = [1, 0, 0];
  await bench.start([A, B, "10.0.0.13:80", "10.0.0.14:80"], { restore: true });
  bench.meanwhile(edit(A, { weight: 0, upperThreshold: 77 }), edit("10.0.0.13:80", { weight: 8 }));
  bench.controller.abort();
  await settle();
  assert.deepEqual(bench.fates(), [
    `${A} restored 1 3 0`,
    // It had no weight that could be put back.
    `${B} quiesced 1 0 0`,
    "10.0.0.13:80 reweighted 1 2 0",
    "10.0.0.14:80 deleted 0 4 0",
  ]);
  assert.deepEqual(bench.weights(), { [A]: 3, [B]: 0, "10.0.0.13:80": 8 });
  using client = bench.kernel.openClient();
  assert.equal(client.servers(WEB).find((server) => formatServerId(server) === A)?.upperThreshold, 77);
});

Deno.test("drain() that is called off gives back the weight of what was drained and kept", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 0, 0];
  await bench.start([A, B], { then: "keep", restore: true });
  bench.controller.abort();
  await settle();
  assert.deepEqual([bench.fates(), bench.weights()], [[`${A} restored 1 3 0`, `${B} restored 0 1 0`], {
    [A]: 3,
    [B]: 1,
  }]);
});

Deno.test("drain() that is called off before it waits has quiesced", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 0, 0];
  bench.controller.abort();
  await bench.start([A]);
  assert.deepEqual([bench.fates(), bench.weights()], [[`${A} quiesced 1 3 0`], { [A]: 0, [B]: 1 }]);
});

Deno.test("drain() of a server at weight 0 waits for it all the same", async () => {
  const bench = new Bench({ [A]: 0, [B]: 1 });
  bench.counts[A] = [1, 0, 0];
  await bench.start([A]);
  assert.equal(bench.result, undefined);
  delete bench.counts[A];
  await bench.clock.advance(1000);
  assert.deepEqual(bench.fates(), [`${A} deleted 0 0 1000`]);
});

Deno.test("drain() leaves all weights as they were if the kernel refuses one", async () => {
  const bench = new Bench();
  await bench.start([A, B], { refuse: { [`editServer ${B}`]: "EPERM" } });
  assert.equal(bench.failure instanceof LvsctlError && bench.failure.errno, "EPERM");
  assert.deepEqual(bench.weights(), { [A]: 3, [B]: 1 });
});

Deno.test("drain() fails if the kernel refuses to delete, and takes what is gone by then for done", async () => {
  const refusing = new Bench();
  await refusing.start([A], { refuse: { [`deleteServer ${A}`]: "EPERM" } });
  assert.equal(refusing.failure instanceof LvsctlError && refusing.failure.errno, "EPERM");
  const gone = new Bench();
  await gone.start([A], { refuse: { [`deleteServer ${A}`]: "ENOENT" } });
  assert.deepEqual(gone.fates(), [`${A} gone 0 3 0`]);
});

Deno.test("drain() does not wait for connections that both ends have closed", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 2, 0];
  await bench.start([A]);
  await bench.clock.advance(1000);
  assert.deepEqual([bench.result, bench.lookUps], [undefined, []], "as long as one is active, nobody asks");
  bench.counts[A] = [0, 3, 0];
  bench.ends[A] = { closed: 2, open: 1 };
  await bench.clock.advance(1000);
  assert.deepEqual([bench.result, bench.progress.at(-1)], [undefined, `${A} 2000 58000 2`]);
  bench.ends[A] = { closed: 3, open: 0 };
  await bench.clock.advance(1000);
  assert.deepEqual(bench.fates(), [`${A} deleted 0 3 3000`]);
  assert.deepEqual(bench.lookUps, [`2000 ${A}`, `3000 ${A}`]);
});

Deno.test("drain() waits for what is not known to be closed, and for what is listed as open", async () => {
  for (const [closed, open] of [[2, 0], [4, 1], [0, 0], [3, 3]] as const) {
    const bench = new Bench();
    bench.counts[A] = [0, 3, 0];
    bench.ends[A] = { closed, open };
    await bench.start([A]);
    await bench.clock.advance(5000);
    assert.equal(bench.result, undefined, `${closed} closed, ${open} open`);
    bench.controller.abort();
    await settle();
  }
});

Deno.test("drain() waits for templates if asked to, even if every connection is closed", async () => {
  const bench = new Bench();
  bench.counts[A] = [0, 3, 1];
  bench.ends[A] = { closed: 3, open: 0 };
  await bench.start([A], { persistent: true });
  await bench.clock.advance(1000);
  assert.equal(bench.result, undefined);
  bench.counts[A] = [0, 3, 0];
  await bench.clock.advance(1000);
  assert.deepEqual(bench.fates(), [`${A} deleted 0 3 2000`]);
});

Deno.test("drain() leaves the table alone for ten times as long as it took to read it", async () => {
  const bench = new Bench();
  bench.lookUpMs = 300;
  bench.counts[A] = [0, 3, 0];
  bench.ends[A] = { closed: 2, open: 1 };
  await bench.start([A]);
  await bench.clock.advance(2500);
  bench.ends[A] = { closed: 3, open: 0 };
  await bench.clock.advance(400);
  assert.deepEqual([bench.lookUps, bench.result], [[`0 ${A}`], undefined]);
  await bench.clock.advance(1000);
  assert.deepEqual([bench.lookUps, bench.result?.servers.length], [[`0 ${A}`, `3000 ${A}`], 1]);
});

Deno.test("drain() does not take connections for closed that it has not looked up", async () => {
  const bench = new Bench();
  bench.lookUpMs = 300;
  bench.counts[A] = [0, 3, 0];
  bench.ends[A] = { closed: 2, open: 1 };
  await bench.start([A]);
  // One has gone, and which one is not known yet.
  bench.counts[A] = [0, 2, 0];
  await bench.clock.advance(2000);
  assert.equal(bench.result, undefined);
});

Deno.test("drain() asks about each server only while that may decide, and not about those that are done", async () => {
  const bench = new Bench();
  bench.counts[A] = [0, 1, 0];
  bench.counts[B] = [1, 1, 0];
  bench.ends[A] = { closed: 1, open: 0 };
  await bench.start([A, B]);
  assert.deepEqual(bench.fates(), undefined);
  assert.deepEqual(bench.weights(), { [B]: 0 });
  bench.counts[B] = [0, 1, 0];
  bench.ends[B] = { closed: 0, open: 1 };
  await bench.clock.advance(1000);
  assert.deepEqual(bench.lookUps, [`0 ${A}`, `1000 ${B}`]);
});

Deno.test("drain() does not count the closed ones among what was left at the deadline, or when it is called off", async () => {
  const bench = new Bench();
  bench.counts[A] = [1, 3, 0];
  bench.ends[A] = { closed: 2, open: 1 };
  await bench.start([A], { timeoutMs: 3000 });
  await bench.clock.advance(3000);
  assert.deepEqual(bench.fates(), [`${A} deleted 2 3 3000`]);
  const interrupted = new Bench();
  interrupted.counts[A] = [0, 3, 0];
  interrupted.ends[A] = { closed: 2, open: 1 };
  await interrupted.start([A]);
  interrupted.controller.abort();
  await settle();
  assert.deepEqual(interrupted.fates(), [`${A} quiesced 1 3 0`]);
});
