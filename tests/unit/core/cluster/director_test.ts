import assert from "node:assert/strict";
import { digestOf, firstVersion } from "../../../../core/cluster/mod.ts";
import type { MemoryEtcd } from "../../../support/memory_etcd.ts";
import { Cluster, type Daemon, state, TURNS_MS } from "./cluster_bench.ts";

Deno.test("ClusterDirector follows the watch, and keeps a copy of each version that it makes active", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon, director } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  assert.equal(await state(cluster), "1 complete");
  await cluster.push("two");
  await cluster.clock.advance(1000);
  assert.deepEqual(daemon.applied, ["one", "two"]);
  assert.equal(daemon.copy?.text, "two");
  assert.equal(director.status.active.number, 2);
  assert.equal(director.status.problem, undefined);
  assert.equal(await state(cluster), "2 complete");
});

Deno.test("ClusterDirector keeps its version while the store is down, says since when, and takes a newer one afterwards", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon, director } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  const { confirmedAt } = director.status;
  cluster.etcd.isDown = true;
  await cluster.clock.advance(600_000);
  assert.deepEqual(daemon.applied, ["one"]);
  assert.match(String(director.status.problem), /^Cannot read 10\.0\.0\.1:2379: no answer within 4s/);
  assert.equal(director.status.confirmedAt, confirmedAt);
  assert.deepEqual(daemon.lines.filter((line) => line.startsWith("error")), [
    "error: Cannot read 10.0.0.1:2379: no answer within 4s; version 1 stays active",
  ]);
  cluster.etcd.isDown = false;
  await cluster.push("two");
  await cluster.clock.advance(TURNS_MS);
  assert.deepEqual(daemon.applied, ["one", "two"]);
  assert.equal(director.status.problem, undefined);
  assert.ok(daemon.lines.includes("notice: etcd://10.0.0.1/lvs answers again"));
});

Deno.test("ClusterDirector notices within fifteen seconds that the store is away though its watch is only silent", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { director } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  cluster.etcd.isSilent = true;
  cluster.etcd.isDown = true;
  await cluster.clock.advance(15_000);
  assert.notEqual(director.status.problem, undefined);
});

Deno.test("ClusterDirector does not read the store again for each event of a roll-out", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  for (const name of ["a", "b", "c"]) await cluster.start(name);
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two", { soakMs: 600_000 });
  await cluster.clock.advance(500);
  const before = cluster.etcd.requests.filter((name) => name === "range").length;
  await cluster.clock.advance(5000);
  assert.equal(cluster.etcd.requests.filter((name) => name === "range").length, before);
});

Deno.test("ClusterDirector reads again about every minute what a silent watch does not report", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  cluster.etcd.isSilent = true;
  await cluster.push("two");
  await cluster.clock.advance(75_000);
  assert.deepEqual(daemon.applied, ["one", "two"]);
});

Deno.test("ClusterDirector reads everything again when the store has compacted the revision of its watch", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  cluster.etcd.compactedBefore = 1_000_000;
  const { daemon, director } = await cluster.start("a");
  await cluster.push("two");
  await cluster.clock.advance(TURNS_MS);
  assert.deepEqual(daemon.applied, ["one", "two"]);
  assert.equal(director.status.problem, undefined);
});

for (
  const [what, damage, problem] of [
    ["empty", (etcd: MemoryEtcd) => etcd.empty(), /has no configuration$/],
    ["damaged", (etcd: MemoryEtcd) => etcd.put("/lvs/config/rollout", '{"format":1,"number":-1}'), /has a damaged/],
    ["no JSON", (etcd: MemoryEtcd) => etcd.put("/lvs/config/rollout", "\u0000"), /has a damaged/],
  ] as const
) {
  Deno.test(`ClusterDirector keeps its version when the store is ${what}, and takes the next one that is pushed`, async () => {
    await using cluster = new Cluster();
    await cluster.push("one");
    const { daemon, director } = await cluster.start("a");
    await cluster.clock.advance(TURNS_MS);
    damage(cluster.etcd);
    await cluster.clock.advance(100_000);
    assert.deepEqual(daemon.applied, ["one"]);
    assert.match(String(director.status.problem), problem);
    await cluster.push("two");
    await cluster.clock.advance(TURNS_MS);
    assert.deepEqual(daemon.applied, ["one", "two"]);
    assert.equal(director.status.problem, undefined);
  });
}

Deno.test("ClusterDirector does not make a version active whose text is damaged in the store", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  const [key = ""] = cluster.etcd.keys.filter((each) => each.startsWith("/lvs/versions/"));
  const second = key.replace(/1$/, "2");
  const stored = JSON.parse(cluster.etcd.get(key) ?? "");
  cluster.etcd.put(second, JSON.stringify({ ...stored, number: 2, text: "another" }));
  const rollout = JSON.parse(cluster.etcd.get("/lvs/config/rollout") ?? "");
  cluster.etcd.put("/lvs/config/rollout", JSON.stringify({ ...rollout, number: 2, digest: digestOf("two") }));
  await cluster.clock.advance(TURNS_MS);
  assert.deepEqual(daemon.applied, ["one"]);
  assert.ok(daemon.lines.some((line) => line.includes("version 2 is not active: Cannot read version 2")));
});

Deno.test("ClusterDirector takes its turn after the directors with lower names, and each one soaks", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const [b, a] = [await cluster.start("b"), await cluster.start("a")];
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two", { soakMs: 20_000 });
  await cluster.clock.advance(10_000);
  assert.deepEqual([a.daemon.text, b.daemon.text], ["two", "one"]);
  await cluster.clock.advance(15_000);
  assert.deepEqual([a.daemon.text, b.daemon.text], ["two", "two"]);
  assert.equal(await state(cluster), "2 running");
  await cluster.clock.advance(20_000);
  assert.equal(await state(cluster), "2 complete");
});

for (
  const [what, fail, reason] of [
    ["cannot read it", (daemon: Daemon) => daemon.invalid.add("two"), "two is not valid; version 1 stays active"],
    [
      "loses a quorum",
      (daemon: Daemon) => daemon.losing.add("two"),
      "the quorum of web is lost; version 1 is active again",
    ],
    [
      "does not find the changes in its table",
      (daemon: Daemon) => daemon.differing.add("two"),
      "the table lacks a server; version 1 is active again",
    ],
    [
      "cannot change its table",
      (daemon: Daemon) => daemon.refused.add("two"),
      "the kernel refused a server; version 1 is active again",
    ],
  ] as const
) {
  Deno.test(`ClusterDirector halts the roll-out when it ${what}, and the directors after it keep their version`, async () => {
    await using cluster = new Cluster();
    await cluster.push("one");
    const directors = [await cluster.start("a"), await cluster.start("b"), await cluster.start("c")];
    await cluster.clock.advance(TURNS_MS);
    const [, second] = directors;
    if (second !== undefined) fail(second.daemon);
    await cluster.push("two", { soakMs: 1000 });
    await cluster.clock.advance(2 * TURNS_MS);
    assert.deepEqual(directors.map(({ daemon }) => daemon.text), ["two", "one", "one"]);
    assert.equal(await state(cluster), `2 halted: b: ${reason}`);
    assert.match(String((await cluster.store.members())[1]?.error), new RegExp(`^${reason}`));
    // A version that works follows.
    await cluster.push("three");
    await cluster.clock.advance(2 * TURNS_MS);
    assert.deepEqual(directors.map(({ daemon }) => daemon.text), ["three", "three", "three"]);
    assert.equal(await state(cluster), "3 complete");
  });
}

Deno.test("ClusterDirector halts the roll-out of a director that ends while it applies the version", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two", { soakMs: 600_000 });
  await cluster.clock.advance(10_000);
  await a.stop();
  await cluster.clock.advance(TURNS_MS);
  assert.equal(b.daemon.text, "one");
  assert.equal(
    await state(cluster),
    "2 halted: a: the daemon ended, or lost the store, while it applied version 2",
  );
});

Deno.test("ClusterDirector goes past a director that has left before its turn", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await cluster.clock.advance(TURNS_MS);
  await a.stop();
  const seen = await cluster.store.rollout();
  await cluster.push("two");
  const pushed = await cluster.store.rollout();
  if (pushed.rollout !== undefined) await cluster.store.replace({ ...pushed.rollout, turn: "a" }, pushed);
  assert.equal(seen.rollout?.state, "complete");
  await cluster.clock.advance(TURNS_MS);
  assert.equal(b.daemon.text, "two");
  assert.equal(await state(cluster), "2 complete");
  // A director that was away takes the version when it returns.
  const again = await cluster.start("a", a.daemon);
  assert.equal(again.daemon.text, "two");
});

Deno.test("ClusterDirector gives a running roll-out up for a newer push", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const a = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two", { soakMs: 600_000 });
  await cluster.clock.advance(5000);
  await cluster.push("three");
  await cluster.clock.advance(5000);
  assert.equal(a.daemon.text, "three");
  assert.equal(await state(cluster), "3 complete");
});

Deno.test("firstVersion() starts with the copy while the store is down, and marks it", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const a = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  await a.stop();
  cluster.etcd.isDown = true;
  const { director, daemon } = await cluster.start("a", a.daemon);
  assert.equal(daemon.text, "one");
  assert.match(String(director.status.problem), /no answer within 4s/);
  assert.equal(director.status.confirmedAt, undefined);
  await assert.rejects(firstVersion(cluster.store, undefined), /this director has no copy of an earlier version/);
});

Deno.test("firstVersion() never starts without a configuration from an empty store", async () => {
  const cluster = new Cluster();
  await assert.rejects(firstVersion(cluster.store, undefined), /the store has no configuration; store one with/);
});

Deno.test("firstVersion() of a director that was away during a roll-out is the version of all others", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const old = await cluster.store.version(1);
  const a = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two");
  await cluster.clock.advance(TURNS_MS);
  a.daemon.invalid.add("three");
  await cluster.push("three");
  await cluster.clock.advance(TURNS_MS);
  assert.match(await state(cluster), /^3 halted/);
  assert.equal((await firstVersion(cluster.store, old)).version.text, "two");
  assert.equal((await firstVersion(cluster.store, undefined)).version.text, "two");
});

Deno.test("ClusterDirector warns once of another daemon with its name", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const first = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  const second = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two");
  await cluster.clock.advance(TURNS_MS);
  const warnings = [first, second].map(({ daemon }) =>
    daemon.lines.filter((line) => line.startsWith("warning: a is in"))
  );
  assert.deepEqual(warnings.map(({ length }) => length), [1, 1]);
});

Deno.test("ClusterDirector does not warn of itself after its lease has expired", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  cluster.etcd.isDown = true;
  await cluster.clock.advance(TURNS_MS);
  cluster.etcd.isDown = false;
  await cluster.push("two");
  await cluster.clock.advance(TURNS_MS);
  assert.equal(daemon.text, "two");
  assert.deepEqual(daemon.lines.filter((line) => line.startsWith("warning")), []);
});
