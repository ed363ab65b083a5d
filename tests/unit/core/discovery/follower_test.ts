import assert from "node:assert/strict";
import { SourceFollowers, type SourceStatus } from "../../../../core/discovery/mod.ts";
import type { Reading } from "../../../../core/discovery/reader.ts";
import { DEFAULT_DISCOVERY, type Discovery, parseIpAddress } from "../../../../core/model/mod.ts";
import { AnswerError } from "../../../../core/net/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

const WEB: Discovery = {
  name: "file /web.json",
  source: { kind: "file", path: "/web.json", refreshMs: 5000, weightLabel: "weight" },
  ...DEFAULT_DISCOVERY,
};

/** A source that a test sets, and the daemon's view of it. */
class Bench implements Disposable {
  readonly clock = new FakeClock();
  readonly states: string[] = [];
  /** What the source has: the last numbers of addresses, or a reason. */
  content: readonly number[] | string = [1, 2, 3, 4];
  reads = 0;
  lists = 0;
  readonly followers: SourceFollowers;

  constructor(stored?: unknown) {
    this.followers = new SourceFollowers({
      open: () => ({ read: () => this.#read() }),
      stored,
      clock: this.clock,
      timeOfDay: () => 1_000_000 + this.clock.now(),
      random: () => 0.5,
      onList: () => this.lists++,
      onState: (status) => this.states.push(describe(status)),
    });
  }

  /** The last numbers of the addresses in use, or why there are none. */
  async servers(discovery: Discovery = WEB): Promise<string> {
    const answer = await this.followers.answer(discovery);
    if ("failure" in answer) return answer.failure;
    return answer.servers.map(({ address }) => address.split(".")[3]).join(" ");
  }

  [Symbol.dispose](): void {
    this.followers[Symbol.dispose]();
  }

  #read(): Promise<Reading> {
    this.reads++;
    if (typeof this.content === "string") return Promise.reject(new AnswerError(this.content));
    const servers = this.content.map((number) => ({ address: parseIpAddress(`10.0.0.${number}`), port: 80 }));
    return Promise.resolve({ servers, againMs: 5000 });
  }
}

function describe({ servers, failure, refusal }: SourceStatus): string {
  return `${servers ?? "none"} ${failure ?? refusal ?? "ok"}`;
}

Deno.test("a follower keeps its list through errors, empty lists and lists that lack too much", async () => {
  using bench = new Bench();
  assert.equal(await bench.servers(), "1 2 3 4");
  for (const content of ["SERVFAIL", [], [1], "no answer in time"]) {
    bench.content = content;
    await bench.clock.advance(120_000);
    assert.equal(await bench.servers(), "1 2 3 4", String(content));
  }
  assert.equal(bench.lists, 1);
  bench.content = [1, 2, 5];
  await bench.clock.advance(120_000);
  assert.equal(await bench.servers(), "1 2 5");
  assert.equal(bench.lists, 2);
  assert.deepEqual(bench.states, [
    "4 SERVFAIL",
    "4 the list is empty",
    "4 no answer in time",
    "3 ok",
  ]);
});

Deno.test("a follower reports a failure once, and asks less and less often while it lasts", async () => {
  using bench = new Bench();
  await bench.servers();
  bench.content = "down";
  await bench.clock.advance(5000);
  const before = bench.reads;
  await bench.clock.advance(7000);
  assert.equal(bench.reads - before, 3, "after 1, 2 and 4 seconds");
  await bench.clock.advance(3_600_000);
  assert.ok(bench.reads - before < 70, `${bench.reads} reads`);
  assert.deepEqual(bench.states, ["4 down"]);
  assert.equal(bench.followers.status[0]?.failures, bench.reads - 1);
});

Deno.test("a file that is read again makes a follower ask a failing source at once", async () => {
  using bench = new Bench();
  await bench.servers();
  bench.content = "down";
  await bench.clock.advance(3_600_000);
  const before = bench.reads;
  bench.content = [1, 2, 3];
  await bench.servers();
  await settle();
  assert.deepEqual([bench.reads - before, await bench.servers()], [1, "1 2 3"]);
  await bench.servers();
  await settle();
  assert.equal(bench.reads - before, 1, "one that is well is not asked more often");
});

Deno.test("a follower accepts a refused list after the hold, or by hand at once", async () => {
  using bench = new Bench();
  await bench.servers();
  bench.content = [4];
  await bench.clock.advance(300_000);
  assert.equal(await bench.servers(), "1 2 3 4");
  await bench.clock.advance(10_000);
  assert.equal(await bench.servers(), "4");
  bench.content = [1, 2, 3, 4];
  await bench.clock.advance(5000);
  bench.content = [2];
  await bench.clock.advance(5000);
  assert.equal(await bench.servers(), "1 2 3 4");
  assert.equal(bench.followers.agree("other"), false);
  assert.equal(bench.followers.agree(WEB.name), true);
  await settle();
  assert.equal(await bench.servers(), "2", "without waiting for the next reading");
});

Deno.test("the last list survives a restart, with its age, while the source is away", async () => {
  using bench = new Bench();
  await bench.servers();
  await bench.clock.advance(60_000);
  const stored = JSON.parse(JSON.stringify(bench.followers));
  using next = new Bench(stored);
  next.content = "no answer in time";
  assert.equal(await next.servers(), "1 2 3 4");
  await settle();
  assert.equal(next.followers.status[0]?.at, stored.sources[0].at);
  assert.deepEqual(next.states, ["4 no answer in time"]);
  next.content = [9];
  await next.clock.advance(60_000);
  assert.equal(await next.servers(), "1 2 3 4", "the limit counts from the stored list");
});

Deno.test("a stored list that is not valid as a whole is not used", async () => {
  const server = { address: "10.0.0.1", port: 80 };
  for (const servers of [[], [server, { address: "x" }], [{ ...server, port: -1 }], "10.0.0.1"]) {
    using bench = new Bench({ version: 1, sources: [{ name: WEB.name, at: 1, servers }] });
    bench.content = "down";
    assert.equal(await bench.servers(), "down");
  }
});

Deno.test("a source that does not answer at first has no servers, and gets them later", async () => {
  using bench = new Bench();
  bench.content = "down";
  assert.equal(await bench.servers(), "down");
  assert.equal(bench.lists, 0);
  bench.content = [1];
  await bench.clock.advance(1000);
  assert.equal(bench.lists, 1);
  assert.equal(await bench.servers(), "1");
});

Deno.test("a source with other settings is followed anew, and keeps its list", async () => {
  using bench = new Bench();
  await bench.servers();
  bench.content = "down";
  assert.equal(await bench.servers({ ...WEB, maxLossPercent: 10 }), "1 2 3 4");
  bench.followers.retain([]);
  await settle();
  assert.deepEqual(bench.followers.status, []);
  assert.equal(bench.clock.pending, 0);
});

Deno.test("a source that returns after a roll-back has its last list, and not the one of the daemon's start", async () => {
  const stored = { version: 1, sources: [{ name: WEB.name, at: 1, servers: [{ address: "10.0.0.9", port: 80 }] }] };
  using bench = new Bench(stored);
  await bench.clock.advance(100);
  assert.equal(await bench.servers(), "9");
  bench.followers.agree(WEB.name);
  await bench.clock.advance(10_000);
  assert.equal(await bench.servers(), "1 2 3 4");
  bench.followers.retain([]);
  bench.content = "SERVFAIL";
  assert.equal(await bench.servers(), "1 2 3 4");
});
