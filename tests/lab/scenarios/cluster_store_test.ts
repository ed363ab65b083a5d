import assert from "node:assert/strict";
import { ClusterLan, serversOf } from "../cluster_lan.ts";

/** A configuration with one service. */
function config(...ports: readonly number[]): string {
  const servers = ports.map((port) => `10.0.0.9:${port}`).join(", ");
  return `version: 1\nservices:\n  - { name: web, listen: tcp://192.0.2.10:80, servers: [${servers}] }\n`;
}

/** The servers of {@linkcode config}. */
function servers(...ports: readonly number[]): readonly string[] {
  return ports.map((port) => `10.0.0.9:${port}`);
}

Deno.test("a store that dies, is cut off, compacted or emptied never changes the table, and its next version does", async () => {
  await using lan = await ClusterLan.create();
  await lan.startEtcd();
  await lan.push(config(81, 82));
  const daemon = await lan.startDirector("alpha");
  const state = (): string => daemon.stderr;
  await lan.untilServers("alpha", servers(81, 82), state);
  assert.equal((await lan.stored("alpha"))["stale"], false);

  // It dies, and comes back with its data.
  await lan.killEtcd();
  const dead = await lan.untilValue(() => lan.stored("alpha"), ({ stale }) => stale === true, state);
  assert.match(String(dead["problem"]), /^Cannot \w+( to)? 10\.0\.0\.9:2379: /);
  assert.deepEqual(serversOf(await lan.rules("alpha")), servers(81, 82));
  assert.match(await lan.must("alpha", ["status"]), /^Stale: the store has not confirmed it for \d+s: Cannot /m);
  const reloaded = await lan.lvsctl("alpha", ["reload"]);
  assert.equal(reloaded.code, 1);
  assert.match(reloaded.stderr, /version 1 stays active$/m);
  await lan.startEtcd();
  await lan.push(config(81));
  assert.match(
    await lan.must("alpha", ["reload"]),
    /^etcd:\/\/10\.0\.0\.9:2379\/lvs\/lab is active: watching 1 virtual service/,
  );
  await lan.untilServers("alpha", servers(81), state);

  // The director is cut off without an answer, and what happens meanwhile is compacted.
  await lan.cut("alpha", true);
  const cut = await lan.untilValue(() => lan.stored("alpha"), ({ stale }) => stale === true, state);
  assert.match(String(cut["problem"]), /no answer within 4s/);
  const pushed = await lan.lvsctl("bravo", ["cluster", "push", "-", "--yes", "--soak", "0s"], config(81, 83));
  assert.equal(pushed.code, 0, pushed.stderr);
  const range = { "key": "AA==", "range_end": "AA==", "keys_only": true };
  const { header } = await lan.askEtcd("kv/range", range) as { readonly header: { readonly revision: string } };
  await lan.askEtcd("kv/compaction", { revision: header.revision });
  assert.deepEqual(serversOf(await lan.rules("alpha")), servers(81));
  await lan.cut("alpha", false);
  await lan.untilServers("alpha", servers(81, 83), state);

  // It comes back without its data.
  await lan.killEtcd();
  await lan.startEtcd({ isEmpty: true });
  const empty = await lan.untilValue(
    () => lan.stored("alpha"),
    ({ problem }) => /has no configuration/.test(String(problem)),
    state,
  );
  assert.equal(empty["stale"], true);
  assert.deepEqual(serversOf(await lan.rules("alpha")), servers(81, 83));

  // The daemon starts from its copy while the store is away.
  await daemon.stop();
  await lan.killEtcd();
  const next = await lan.startDirector("alpha");
  const stale = await lan.untilValue(() => lan.stored("alpha"), ({ stale }) => stale === true, () => next.stderr);
  assert.equal(stale["confirmed_at"], null);
  assert.deepEqual(serversOf(await lan.rules("alpha")), servers(81, 83));
  await lan.startEtcd();
  await lan.push(config(84));
  await lan.untilServers("alpha", servers(84), () => next.stderr);
  await lan.ends(next);
});

Deno.test("a director without a copy does not start from a store that is empty or away", async () => {
  await using lan = await ClusterLan.create();
  await lan.startEtcd({ isEmpty: true });
  const empty = await lan.lvsctl("bravo", ["run", "etcd://10.0.0.9/lvs/other"]);
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /the store has no configuration; store one with "lvsctl cluster push FILE"/);
  await lan.killEtcd();
  const away = await lan.lvsctl("bravo", ["run", "etcd://10.0.0.9/lvs/other"]);
  assert.equal(away.code, 1);
  assert.match(away.stderr, /this director has no copy of an earlier version/);
});
