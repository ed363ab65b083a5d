import assert from "node:assert/strict";
import type { BackgroundLookup } from "../../../../core/follow/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { sleep } from "../../../../core/time/mod.ts";
import { formatServerId, formatServiceId } from "../../../../core/model/mod.ts";
import type { ConnectionEnds } from "../../../../core/reconcile/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { A, B, Bench, web } from "./daemon_bench.ts";

const NO_TRAFFIC = Array<bigint>(10).fill(0n);
const OTHER = "tcp://192.0.2.10:81";

/** The kernel's connection table, and the times of its lookups. */
class Table {
  /** What every server has in it. */
  ends: ConnectionEnds = { closed: 0, open: 0 };
  /** How long reading it takes. */
  readingMs = 0;
  failure: Error | undefined;
  readonly lookups: string[] = [];
  bench: Bench | undefined;

  readonly lookUp: BackgroundLookup = async (services, { signal }) => {
    const clock = this.bench?.clock ?? assert.fail("there is a bench");
    const names = services.map(({ id, servers }) => `${formatServiceId(id)} ${servers.map(formatServerId).join(" ")}`);
    this.lookups.push(`${clock.now()} ${names.join(", ")}`);
    await sleep(this.readingMs, { clock, signal });
    if (this.failure !== undefined) throw this.failure;
    return services.map(({ servers }) => new Map(servers.map((server) => [formatServerId(server), this.ends])));
  };
}

/** A daemon whose service of two servers has just lost the second one to the file. */
async function drainingBench(table: Table, connections: readonly [number, number, number]): Promise<Bench> {
  const bench = new Bench({ lookUp: table.lookUp });
  table.bench = bench;
  await bench.load({ services: [web()] });
  await bench.clock.advance(1499);
  bench.kernel.setTraffic(NO_TRAFFIC, connections);
  await bench.load({ services: [web({ servers: [realServer(A)], drainMs: 60_000 })] });
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 });
  return bench;
}

Deno.test("Daemon removes a draining server when its connections are closed, before its time is up", async () => {
  const table = new Table();
  table.ends = { closed: 2, open: 1 };
  await using bench = await drainingBench(table, [0, 3, 0]);
  await bench.clock.advance(5000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 }, "one is open");
  table.ends = { closed: 3, open: 0 };
  await bench.clock.advance(1100);
  assert.deepEqual(bench.table(), { [A]: 1 });
  const { length } = table.lookups;
  await bench.clock.advance(5000);
  assert.equal(table.lookups.length, length, "no further lookup");
});

Deno.test("Daemon reads no connections while draining servers have active ones, or no server drains", async () => {
  const table = new Table();
  await using bench = await drainingBench(table, [1, 3, 0]);
  await bench.clock.advance(5000);
  assert.deepEqual(table.lookups, []);
  bench.kernel.setTraffic(NO_TRAFFIC, [0, 3, 0]);
  await bench.clock.advance(1000);
  assert.equal(table.lookups.length, 1);
  await bench.load({ services: [web()] });
  table.lookups.length = 0;
  await bench.clock.advance(5000);
  assert.deepEqual(table.lookups, []);
});

Deno.test("Daemon reads the connections of all services together, at most once a second", async () => {
  const table = new Table();
  table.ends = { closed: 0, open: 3 };
  await using bench = new Bench({ lookUp: table.lookUp });
  table.bench = bench;
  const both = [web(), web({ service: virtualService(OTHER) })];
  await bench.load({ services: both });
  await bench.clock.advance(1499);
  bench.kernel.setTraffic(NO_TRAFFIC, [0, 3, 0]);
  const servers = [realServer(A)];
  await bench.load({ services: both.map((service) => ({ ...service, servers, drainMs: 60_000 })) });
  // The health of the server that stays goes up and down meanwhile, and makes rounds of its own.
  for (let second = 0; second < 4; second++) {
    if (second % 2 === 0) bench.down.add(A);
    else bench.down.delete(A);
    await bench.clock.advance(2000);
  }
  const web80 = `${formatServiceId(virtualService("tcp://192.0.2.10:80").id)} ${B}`;
  const looks = table.lookups.map((look) => ({ at: Number(look.split(" ")[0]), what: look.replace(/^\d+ /, "") }));
  assert.ok(looks.length >= 7 && looks.length <= 8, table.lookups.join("\n"));
  for (const { what } of looks) assert.equal(what, `${web80}, ${OTHER} ${B}`);
  const pauses = looks.slice(1).map(({ at }, index) => at - (looks[index]?.at ?? 0));
  assert.ok(Math.min(...pauses) >= 1000, pauses.join(" "));
});

Deno.test("Daemon reads a slow connection table rarely, continues its checks meanwhile, and uses only a fresh result", async () => {
  const table = new Table();
  table.readingMs = 400;
  table.ends = { closed: 3, open: 0 };
  await using bench = await drainingBench(table, [0, 3, 0]);
  await bench.clock.advance(1200);
  bench.kernel.setTraffic(NO_TRAFFIC, [0, 4, 0]);
  bench.down.add(A);
  await bench.clock.advance(1000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 }, "one has come in since it was read");
  await bench.clock.advance(1000);
  assert.deepEqual(bench.table(), { [B]: 0 }, "A has failed twice");
  bench.kernel.setTraffic(NO_TRAFFIC, [0, 3, 0]);
  await bench.clock.advance(1000);
  assert.deepEqual(bench.table(), { [B]: 0 }, "a result of seconds ago does not count");
  await bench.clock.advance(3000);
  assert.deepEqual(bench.table(), {});
  const [first = 0, second = 0, ...more] = table.lookups.map((look) => Number(look.split(" ")[0]));
  assert.deepEqual(more, []);
  assert.ok(second - first >= 400 + 10 * 400, `${first} ${second}`);
});

Deno.test("Daemon ignores a result that it read while another process held the table", async () => {
  const table = new Table();
  table.readingMs = 100;
  table.ends = { closed: 3, open: 0 };
  await using bench = await drainingBench(table, [0, 3, 0]);
  await bench.clock.advance(1050);
  bench.lock.isHeld = true;
  await bench.clock.advance(300);
  bench.lock.isHeld = false;
  await bench.clock.advance(500);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 });
  await bench.clock.advance(2000);
  assert.deepEqual(bench.table(), { [A]: 1 });
});

Deno.test("Daemon drains by counts and time if the connection table cannot be read, and reports why", async () => {
  const table = new Table();
  table.failure = new LvsctlError("it is empty");
  await using bench = await drainingBench(table, [0, 3, 0]);
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 0 });
  const [first] = bench.events.filter(({ kind }) => kind === "failure");
  assert.deepEqual(first, { kind: "failure", error: table.failure, retryMs: 1000 });
  bench.kernel.setTraffic(NO_TRAFFIC, [0, 0, 0]);
  await bench.clock.advance(1100);
  assert.deepEqual(bench.table(), { [A]: 1 });
});

Deno.test("Daemon stops reading connections when it ends", async () => {
  const table = new Table();
  table.readingMs = 5000;
  const bench = await drainingBench(table, [0, 3, 0]);
  await bench.clock.advance(1200);
  assert.equal(table.lookups.length, 1);
  await bench[Symbol.asyncDispose]();
  assert.equal(bench.kinds("failure"), 0);
});
