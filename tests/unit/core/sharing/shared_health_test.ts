import assert from "node:assert/strict";
import type { Health, HealthSharing, RealServer } from "../../../../core/model/mod.ts";
import { SharedHealth } from "../../../../core/sharing/mod.ts";
import { verdictKeys } from "../../../../core/sharing/keys.ts";
import type { Verdict } from "../../../../core/sharing/shared_health_options.ts";
import { formatList, formatStates, MOST_SERVERS, sharedId } from "../../../../core/sharing/verdicts.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { MemoryEtcd } from "../../../support/memory_etcd.ts";
import { realServer, serviceId } from "../../../support/samples.ts";

const KEYS = verdictKeys("/lvs/");
const SETTINGS: HealthSharing = { quorum: 2, maxAgeIntervals: 3, limitMs: 600_000 };
const SERVICE_NAME = "tcp://192.0.2.10:80";
const SERVICE = serviceId(SERVICE_NAME);
const SERVERS = [realServer("10.0.0.11:80"), realServer("10.0.0.12:80")];
const CHECK = { type: "tcp", intervalMs: 2000 } as const;

/** Longer than a reading and a publication take. */
const ROUND_MS = 2600;

/** The lease of a director that died, and etcd's own time. */
const LEASE_MS = 6000;

/** A director of a test, with the health of its servers. */
class Director {
  readonly health: Health[];
  readonly lines: string[] = [];
  readonly changed: string[] = [];
  readonly bugs: unknown[] = [];
  readonly shared: SharedHealth;
  readonly stop = new AbortController();
  readonly run: Promise<void>;
  isRestart = false;
  check: Verdict["check"] = CHECK;
  servers: readonly RealServer[] = SERVERS;
  /** Whether its checks have conclusive results; without them it decides by the last ones. */
  canProbe = true;

  constructor(etcd: MemoryEtcd, { clock, name, settings, health }: {
    readonly clock: FakeClock;
    readonly name: string;
    readonly settings: HealthSharing;
    readonly health: readonly Health[];
  }) {
    this.health = [...health];
    this.shared = new SharedHealth({
      etcd,
      prefix: "/lvs/",
      name,
      clock,
      random: () => 0.5,
      settings,
      verdicts: () => this.verdicts,
      onChanged: (names) => this.changed.push(...names),
      log: (level, message) => this.lines.push(`${level}: ${message}`),
      onBug: (error) => this.bugs.push(error),
    });
    this.run = this.shared.run(this.stop.signal, { isRestart: () => this.isRestart });
  }

  get verdicts(): readonly Verdict[] {
    return this.servers.map((server, index) => ({
      service: SERVICE,
      server,
      check: this.check,
      health: this.canProbe ? this.health[index] ?? "unknown" : "unknown",
      decided: this.health[index] ?? "unknown",
    }));
  }

  /** The number of directors that keep each server; only unhealthy ones need any. */
  get kept(): readonly (number | undefined)[] {
    return this.verdicts.map((verdict) =>
      verdict.decided === "unhealthy" ? this.shared.vouchOf(verdict)?.directors : undefined
    );
  }

  become(...health: readonly Health[]): void {
    this.health.splice(0, this.health.length, ...health);
    this.shared.changed();
  }
}

/** Directors that share one etcd. */
class Site implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly etcd = new MemoryEtcd(this.clock);
  readonly directors: Director[] = [];

  async start(count: number, settings: Partial<HealthSharing> = {}): Promise<readonly Director[]> {
    for (const name of ["alpha", "bravo", "charlie", "delta"].slice(0, count)) this.add(name, { settings });
    await this.clock.advance(2 * ROUND_MS);
    return this.directors;
  }

  /** Starts one more director. */
  add(name: string, { settings = {}, health = ["healthy", "healthy"] }: {
    readonly settings?: Partial<HealthSharing>;
    readonly health?: readonly Health[];
  } = {}): Director {
    const { clock } = this;
    const director = new Director(this.etcd, { clock, name, settings: { ...SETTINGS, ...settings }, health });
    this.directors.push(director);
    return director;
  }

  /** Ends a director as a kill does: it leaves nothing, and its lease ends by itself. */
  kill(director: Director): void {
    this.etcd.isDown = true;
    director.stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stop } of this.directors) stop.abort();
    await settle();
    await this.clock.advance(1000);
    await Promise.all(this.directors.map(({ run }) => run));
    assert.deepEqual(this.directors.flatMap(({ bugs }) => bugs), []);
    await this.clock.advance(LEASE_MS);
    assert.equal(this.clock.pending, 0);
    // The store has nothing of directors that have ended.
    if (!this.etcd.isDown) assert.deepEqual(this.etcd.keys.filter((key) => key.includes("/health/")), this.foreign);
  }

  /** Keys that other programs wrote. */
  foreign: readonly string[] = [];

  /** Writes verdicts as any program could that may write there. */
  lie(name: string, states: readonly Health[]): void {
    const { text, digest } = formatList(SERVERS.map((server) => sharedId({ service: SERVICE, server, check: CHECK })));
    this.etcd.put(KEYS.lists + name, text);
    this.etcd.put(KEYS.states + name, formatStates({ digest, states }));
    this.foreign = [...this.foreign, KEYS.lists + name, KEYS.states + name].sort();
  }
}

Deno.test("a server that one director alone sees unhealthy is kept by the quorum of others", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  assert.deepEqual(alpha.shared.status.directors, ["bravo", "charlie"]);
  alpha.become("unhealthy", "healthy");
  assert.deepEqual(alpha.kept, [2, undefined]);
  await site.clock.advance(ROUND_MS);
  // The decision was made with these verdicts already.
  assert.deepEqual([alpha.kept[0], alpha.shared.status.disputed, alpha.changed], [2, 1, []]);
});

Deno.test("a server is not kept when another director sees it unhealthy too, or fewer than the quorum see it", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail(), charlie = assert.fail()] = await site.start(4);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.kept[0], 3);
  bravo.become("unknown", "healthy");
  charlie.become("unknown", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.kept[0], undefined);
  charlie.become("healthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.kept[0], 2);
  bravo.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([alpha.kept[0], bravo.kept[0]], [undefined, undefined]);
});

Deno.test("the death of a server is acted on by all a second after the second director has seen it", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(700);
  assert.equal(alpha.kept[0], 2);
  bravo.become("unhealthy", "healthy");
  await site.clock.advance(1000);
  assert.deepEqual([alpha.kept[0], bravo.kept[0]], [undefined, undefined]);
  assert.deepEqual(alpha.changed, ["tcp://192.0.2.10:80", "tcp://192.0.2.10:80"]);
});

Deno.test("a decision that was made with the verdicts of before is made again when a reading shows others", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(3);
  bravo.become("unhealthy", "healthy");
  await site.clock.advance(100);
  // The pass of the daemon comes before the reading.
  alpha.health.splice(0, 1, "unhealthy");
  assert.equal(alpha.kept[0], 2);
  alpha.shared.changed();
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.kept[0], undefined);
  assert.deepEqual(alpha.changed, ["tcp://192.0.2.10:80"]);
});

Deno.test("verdicts count for max_age intervals after the store's last answer, and at least for 5s", async () => {
  for (const [maxAgeIntervals, intervalMs, ageMs] of [[3, 2000, 6000], [10, 2000, 20_000], [3, 300, 5000]] as const) {
    await using site = new Site();
    const [alpha = assert.fail()] = await site.start(3, { maxAgeIntervals });
    alpha.check = { ...CHECK, intervalMs };
    alpha.become("unhealthy", "healthy");
    await site.clock.advance(ROUND_MS);
    assert.equal(alpha.kept[0], 2);
    site.etcd.isDown = true;
    await site.clock.advance(ageMs - 700);
    assert.equal(alpha.kept[0], 2, `after ${ageMs - 700} of ${ageMs}`);
    const before = alpha.changed.length;
    await site.clock.advance(1400);
    assert.equal(alpha.kept[0], undefined, `after ${ageMs + 700} of ${ageMs}`);
    assert.equal(alpha.changed.length, before + 1);
    assert.match(alpha.shared.status.problem ?? "", /no answer within 4s/);
    assert.equal(alpha.lines.filter((line) => line.startsWith("warning: ")).length, 2);
    site.etcd.isDown = false;
    await site.clock.advance(2 * ROUND_MS);
    assert.deepEqual([alpha.kept[0], alpha.shared.status.problem], [2, undefined]);
  }
});

Deno.test("the verdicts of a director that dies go with its lease", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  site.kill(bravo);
  await settle();
  site.etcd.isDown = false;
  await site.clock.advance(LEASE_MS + 600);
  assert.deepEqual([alpha.kept[0], alpha.shared.status.directors], [undefined, ["charlie"]]);
});

Deno.test("a director that ends takes its verdicts back at once", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  bravo.stop.abort();
  await site.clock.advance(1100);
  assert.equal(alpha.kept[0], undefined);
});

Deno.test("until the first reading the verdicts of others are not known, and then they are reported once", async () => {
  await using site = new Site();
  await site.start(3);
  site.etcd.isDown = true;
  for (const [waitMs, isAnswered] of [[9000, true], [10_600, false]] as const) {
    const director = site.add("delta", { health: ["unhealthy", "healthy"] });
    assert.deepEqual([director.kept[0], director.shared.status.disputed], [0, 0]);
    await site.clock.advance(waitMs);
    assert.deepEqual([director.kept[0], director.changed], isAnswered ? [0, []] : [undefined, [SERVICE_NAME]]);
    site.etcd.isDown = false;
    await site.clock.advance(ROUND_MS);
    assert.equal(director.kept[0], 3);
    assert.equal(director.changed.length, isAnswered ? 1 : 2);
    site.etcd.isDown = true;
    director.stop.abort();
    await site.clock.advance(LEASE_MS);
  }
  site.etcd.isDown = false;
  await site.clock.advance(LEASE_MS);
});

Deno.test("other settings keep what is kept, and are active from the next comparison on", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  const vouch = (): unknown => alpha.shared.vouchOf(alpha.verdicts[0] ?? assert.fail());
  const changes = alpha.changed.length;
  alpha.shared.configure({ ...SETTINGS, limitMs: 1000 });
  assert.deepEqual(vouch(), { directors: 2, limitMs: 600_000 });
  await site.clock.advance(ROUND_MS);
  // The new limit may have passed already.
  assert.deepEqual([vouch(), alpha.changed.length], [{ directors: 2, limitMs: 1000 }, changes + 1]);
  alpha.shared.configure({ ...SETTINGS, quorum: 3 });
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([vouch(), alpha.changed.length], [undefined, changes + 2]);
});

Deno.test("a director with another list of servers counts as before until its list is read, for a few readings", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  const changes = alpha.changed.length;
  site.etcd.failsKeys = true;
  bravo.servers = [...SERVERS, realServer("10.0.0.13:80")];
  bravo.become("healthy", "healthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([alpha.kept[0], alpha.changed.length], [2, changes]);
  assert.match(alpha.shared.status.problem ?? "", /no answer within 4s/);
  site.etcd.failsKeys = false;
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([alpha.kept[0], alpha.changed.length, alpha.shared.status.problem], [2, changes, undefined]);
  // The states of a list that the store does not have.
  site.etcd.put(`${KEYS.states}bravo`, formatStates({ digest: "of no list", states: ["unhealthy", "healthy"] }));
  site.foreign = [`${KEYS.states}bravo`];
  await site.clock.advance(700);
  assert.deepEqual([alpha.kept[0], alpha.shared.status.ignored], [2, 0]);
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([alpha.kept[0], alpha.shared.status.ignored], [undefined, 1]);
  assert.deepEqual(alpha.shared.status.directors, ["charlie"]);
});

Deno.test("directors that have their servers in another order publish the same list, with the states in its order", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail(), charlie = assert.fail()] = await site.start(3);
  const [one = assert.fail(), other = assert.fail()] = SERVERS;
  bravo.servers = [other, one];
  for (const director of [bravo, charlie]) director.become("healthy", "unknown");
  await site.clock.advance(ROUND_MS);
  assert.equal(site.etcd.get(`${KEYS.lists}bravo`), site.etcd.get(`${KEYS.lists}charlie`));
  assert.notEqual(site.etcd.get(`${KEYS.states}bravo`), site.etcd.get(`${KEYS.states}charlie`));
  charlie.become("healthy", "healthy");
  alpha.become("unhealthy", "unhealthy");
  await site.clock.advance(ROUND_MS);
  assert.deepEqual(alpha.kept, [undefined, 2]);
});

Deno.test("a director that starts again leaves its verdicts in the store, and replaces them with the first results", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  bravo.isRestart = true;
  bravo.stop.abort();
  const changes = alpha.changed.length;
  await site.clock.advance(20_000);
  const next = site.add("bravo", { health: ["unknown", "unknown"] });
  await site.clock.advance(1000);
  next.become("healthy", "healthy");
  await site.clock.advance(2 * LEASE_MS);
  assert.deepEqual([alpha.kept[0], alpha.changed.length], [2, changes]);
  // The lease of the restart ends by itself.
  await site.clock.advance(30_000);
});

Deno.test("a director whose checks have no result for long publishes that it knows nothing", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(1);
  site.add("bravo", { health: ["unknown", "unknown"] });
  await site.clock.advance(2000);
  assert.deepEqual(alpha.shared.status.directors, []);
  await site.clock.advance(2 * ROUND_MS);
  assert.deepEqual(alpha.shared.status.directors, ["bravo"]);
});

Deno.test("a director that cannot probe vouches for no server, and decides about each of its own once", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.kept[0], 2);
  const before = alpha.changed.length;
  alpha.canProbe = false;
  alpha.shared.changed();
  await site.clock.advance(2 * ROUND_MS);
  assert.deepEqual([alpha.kept[0], alpha.shared.status.disputed, alpha.changed.length], [2, 1, before]);
  bravo.canProbe = false;
  bravo.shared.changed();
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.kept[0], undefined);
});

Deno.test("a store that loses its leases and keys gets the verdicts again", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  site.etcd.empty();
  await site.clock.advance(2 * ROUND_MS);
  assert.equal(alpha.kept[0], 2);
});

Deno.test("one liar keeps no server, whether it says healthy or unhealthy, and damaged verdicts count for nothing", async () => {
  await using site = new Site();
  site.lie("liar", ["healthy", "unhealthy"]);
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(2);
  alpha.become("unhealthy", "unhealthy");
  bravo.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.deepEqual(alpha.kept, [undefined, undefined]);
  site.etcd.put(`${KEYS.states}damaged`, '{"format":1}');
  site.etcd.put(`${KEYS.states}no name\u001b[31m`, site.etcd.get(`${KEYS.states}liar`) ?? assert.fail());
  site.foreign = [...site.foreign, `${KEYS.states}damaged`, `${KEYS.states}no name\u001b[31m`].sort();
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([alpha.shared.status.ignored, alpha.shared.status.directors], [2, ["bravo", "liar"]]);
});

Deno.test("readings are bounded: of too many directors the first count, and states that are too long are a failed reading", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  for (let number = 0; number < 150; number++) site.lie(`liar-${number}`, ["healthy", "healthy"]);
  await site.clock.advance(ROUND_MS);
  // The states of 102 directors are read: its own, 100 others, and one that is too many.
  assert.deepEqual([alpha.kept[0], alpha.shared.status.directors.length, alpha.shared.status.ignored], [100, 100, 1]);
  for (let number = 0; number < 20; number++) site.etcd.put(`${KEYS.states}liar-${number}`, "x".repeat(1_000_000));
  await site.clock.advance(6600);
  assert.match(alpha.shared.status.problem ?? "", /the answer is too long/);
  assert.equal(alpha.kept[0], undefined);
});

Deno.test("a stored list that is too long concerns its director alone", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  site.lie("liar", ["unhealthy"]);
  site.etcd.put(`${KEYS.lists}liar`, "x".repeat(1_000_000));
  site.etcd.put(`${KEYS.states}liar`, formatStates({ digest: "another", states: ["unhealthy"] }));
  await site.clock.advance(ROUND_MS);
  const { ignored, problem } = alpha.shared.status;
  assert.deepEqual([alpha.kept[0], ignored, problem], [2, 1, undefined]);
});

Deno.test("a director whose servers are all unhealthy, and healthy for others, cannot reach them", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.shared.status.isBlind, false);
  alpha.become("unhealthy", "unhealthy");
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.shared.status.isBlind, true);
  assert.equal(alpha.lines.filter((line) => line.includes("cannot reach the servers: all 2 are")).length, 1);
  alpha.become("healthy", "unhealthy");
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([alpha.shared.status.isBlind, alpha.lines.length], [false, 2]);
});

Deno.test("at rest a director writes nothing, and flapping servers cost few writes", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(2);
  const writes = (): number => site.etcd.requests.filter((name) => name === "commit").length;
  const atRest = writes();
  await site.clock.advance(60_000);
  assert.equal(writes(), atRest);
  for (let time = 0; time < 100; time++) {
    alpha.become(time % 2 === 0 ? "unhealthy" : "healthy", "healthy");
    await site.clock.advance(100);
  }
  assert.ok(writes() - atRest <= 21, `${writes() - atRest} writes in 10s`);
});

Deno.test("the clocks of directors may differ: only the time since a reading counts", async () => {
  // Nothing that is published has a time in it.
  await using site = new Site();
  await site.start(2);
  for (const key of site.etcd.keys) assert.doesNotMatch(site.etcd.get(key) ?? "", /"at"|\d{10}/);
});

Deno.test("a process that stood still does not use the verdicts of before", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  alpha.become("unhealthy", "healthy");
  await site.clock.advance(ROUND_MS);
  assert.equal(alpha.kept[0], 2);
  site.clock.stall(60_000);
  assert.equal(alpha.kept[0], undefined);
});

Deno.test("a store whose answers are lost gets few writes, and the verdicts once it answers", async () => {
  await using site = new Site();
  const [alpha = assert.fail()] = await site.start(3);
  site.etcd.losesAnswers = true;
  const before = site.etcd.requests.length;
  alpha.become("unhealthy", "healthy");
  for (let time = 0; time < 60; time++) {
    alpha.shared.changed();
    await site.clock.advance(1000);
  }
  const writes = site.etcd.requests.slice(before).filter((name) => name === "commit").length;
  assert.ok(writes <= 7, `${writes} writes in a minute`);
  assert.equal(alpha.lines.filter((line) => line.startsWith("warning: ")).length, 1);
  site.etcd.losesAnswers = false;
  await site.clock.advance(20_000);
  assert.equal(alpha.shared.status.problem, undefined);
});

Deno.test("verdicts on more servers than a director may publish are reported once, and left out", async () => {
  await using site = new Site();
  const [alpha = assert.fail(), bravo = assert.fail()] = await site.start(2, { quorum: 1 });
  const [one = assert.fail()] = SERVERS;
  const many = Array.from({ length: MOST_SERVERS + 1 }, (_, index) => ({ ...one, port: index + 1 }));
  for (const director of [alpha, bravo]) {
    director.servers = many;
    director.health.splice(0, Infinity, ...many.map((): Health => "healthy"));
    director.shared.changed();
  }
  await site.clock.advance(2 * ROUND_MS);
  assert.equal(alpha.shared.status.unpublished, 1);
  assert.equal(alpha.lines.filter((line) => line.includes("the verdicts on 1 server are not shared")).length, 1);
  for (const at of [0, MOST_SERVERS]) alpha.health[at] = "unhealthy";
  alpha.shared.changed();
  await site.clock.advance(ROUND_MS);
  assert.deepEqual([alpha.kept[0], alpha.kept[MOST_SERVERS]], [1, undefined]);
});
