import assert from "node:assert/strict";
import { settle } from "../../../support/fake_clock.ts";
import { Cluster, Daemon, state, TURNS_MS } from "./cluster_bench.ts";

/** The limit of the daemon for a reload. */
const RELOAD_MS = 8000;

Deno.test("ClusterDirector takes the turn that it has claimed when the answer to the claim is lost", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two");
  cluster.etcd.losesAnswers = true;
  await cluster.clock.advance(10_000);
  assert.equal(await state(cluster), "2 running");
  cluster.etcd.losesAnswers = false;
  await cluster.clock.advance(TURNS_MS);
  assert.deepEqual(daemon.applied, ["one", "two"]);
  assert.equal(await state(cluster), "2 complete");
});

Deno.test("ClusterDirector finishes a turn that began with a reload, however long it soaks", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { director, daemon } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  cluster.etcd.isSilent = true;
  await cluster.push("two", { soakMs: 30_000 });
  const limit = new AbortController();
  const refreshed = director.refresh(limit.signal);
  await settle();
  await refreshed;
  limit.abort();
  await cluster.clock.advance(2 * RELOAD_MS);
  assert.equal(daemon.text, "two");
  await cluster.clock.advance(30_000);
  assert.equal(await state(cluster), "2 complete");
});

Deno.test("ClusterDirector.refresh() says that the store does not answer when its time is up", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { director } = await cluster.start("a");
  const limit = AbortSignal.abort(new DOMException("late", "TimeoutError"));
  cluster.etcd.range = (_, signal?: AbortSignal) => Promise.reject(signal?.reason);
  await assert.rejects(
    director.refresh(limit),
    /^LvsctlError: etcd:\/\/10\.0\.0\.1\/lvs does not answer in time; version 1 stays active$/,
  );
});

Deno.test("ClusterDirector goes back when others have halted the roll-out because its lease had ended", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  await cluster.clock.advance(TURNS_MS);
  await cluster.push("two", { soakMs: 40_000 });
  await cluster.clock.advance(1000);
  assert.equal(a.daemon.text, "two");
  const { rollout, modRevision } = await cluster.store.rollout();
  assert(rollout !== undefined);
  const reason = "a: the daemon ended, or lost the store, while it applied version 2";
  await cluster.store.replace({ ...rollout, state: "halted", reason }, { rollout, modRevision });
  await cluster.clock.advance(TURNS_MS);
  assert.deepEqual([a.daemon.text, b.daemon.text], ["one", "one"]);
  assert.equal(await state(cluster), `2 halted: ${reason}`);
  assert.deepEqual(a.daemon.lines.filter((line) => line.startsWith("error")), [
    `error: the roll-out of version 2 has halted: ${reason}; version 1 is active again`,
  ]);
  assert.equal(a.daemon.copy?.text, "one");
});

Deno.test("ClusterDirector halts the roll-out after a bug, and reports it", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const bugs: unknown[] = [];
  const daemon = new Daemon();
  daemon.bug = (error) => bugs.push(error);
  await cluster.start("a", daemon);
  await cluster.clock.advance(TURNS_MS);
  const { difference } = daemon;
  daemon.difference = () => {
    throw new TypeError("no such field");
  };
  await cluster.push("two");
  await cluster.clock.advance(TURNS_MS);
  assert.equal(await state(cluster), "2 halted: a: internal error: TypeError: no such field");
  assert.equal(bugs.length, 1);
  daemon.difference = difference;
  await cluster.push("three");
  await cluster.clock.advance(TURNS_MS);
  assert.equal(await state(cluster), "3 complete");
});

Deno.test("ClusterDirector refuses a version with another text than the roll-out names, and does not try it again", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon } = await cluster.start("a");
  await cluster.clock.advance(TURNS_MS);
  const stored = JSON.parse(cluster.etcd.get("/lvs/config/rollout") ?? "");
  cluster.etcd.put("/lvs/config/rollout", JSON.stringify({ ...stored, digest: "0".repeat(64) }));
  await cluster.clock.advance(5 * TURNS_MS);
  assert.deepEqual(daemon.applied, ["one"]);
  const lines = daemon.lines.filter((line) => line.includes("its text is not the one that the roll-out names"));
  assert.equal(lines.length, 1);
});

Deno.test("ClusterStore.push() succeeds when the answer of an endpoint is lost and the next one refuses", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const seen = await cluster.store.rollout();
  const { commit } = cluster.etcd;
  cluster.etcd.commit = async (transaction) => {
    await commit.call(cluster.etcd, transaction);
    return await commit.call(cluster.etcd, transaction);
  };
  const version = { text: "two", author: "admin@host", at: 1000, soakMs: 0 };
  assert.equal((await cluster.store.push(version, seen)).number, 2);
  // A director has claimed its turn meanwhile.
  cluster.etcd.commit = async (transaction) => {
    await commit.call(cluster.etcd, transaction);
    const stored = JSON.parse(cluster.etcd.get("/lvs/config/rollout") ?? "");
    cluster.etcd.put(
      "/lvs/config/rollout",
      JSON.stringify({ ...stored, turn: "a", applying: "1-2", state: "running" }),
    );
    return await commit.call(cluster.etcd, transaction);
  };
  assert.equal((await cluster.store.push({ ...version, text: "claimed" }, await cluster.store.rollout())).number, 3);
  await assert.rejects(cluster.store.push({ ...version, text: "three" }, seen), /another push came first/);
});

Deno.test("ClusterStore.push() has a number above all versions, also above one of a later lvsctl", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  cluster.etcd.put("/lvs/versions/0000000007", '{"format":2}');
  cluster.etcd.put("/lvs/config/rollout", '{"format":2}');
  await cluster.push("two");
  assert.equal(await state(cluster), "8 complete");
  await assert.rejects(cluster.store.version(7), /it is damaged in the store, or a later lvsctl stored it/);
});

Deno.test("ClusterDirector passes over a damaged record of a director, and one with another name than its key", async () => {
  await using cluster = new Cluster();
  await cluster.push("one");
  const { daemon } = await cluster.start("b");
  await cluster.clock.advance(TURNS_MS);
  cluster.etcd.put("/lvs/members/a", cluster.etcd.get("/lvs/members/b")?.replace('"name":"b"', '"name":"0"') ?? "");
  cluster.etcd.put("/lvs/members/aa", "{");
  await cluster.push("two");
  await cluster.clock.advance(TURNS_MS);
  assert.equal(daemon.text, "two");
  assert.equal(await state(cluster), "2 complete");
});
