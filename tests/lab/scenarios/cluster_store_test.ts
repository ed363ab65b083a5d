import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { ClusterLan, MEMBERS_ADDRESS, serversOf } from "../cluster_lan.ts";
import { CLUSTER_PORTS } from "../servers/etcd.ts";

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
  // Its director reports the end of the roll-out, without which the next push is refused.
  await lan.untilValue(() => lan.rollout(), ({ state }) => state === "complete", state);

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

/** A service with other servers on directors of another role. */
function labelled(edge: number, core: number): string {
  const service = (role: string, port: number): string =>
    `  - { only_on: role=${role}, name: web, listen: tcp://192.0.2.10:80, servers: [10.0.0.9:${port}] }\n`;
  return `version: 1\nservices:\n${service("edge", edge)}${service("core", core)}`;
}

Deno.test("a store of three servers outlives one, and is stale without two; directors differ by labels", async () => {
  await using lan = await ClusterLan.create({ address: MEMBERS_ADDRESS });
  const members = new Map(
    await Promise.all(CLUSTER_PORTS.map(async (port) => [port, await lan.startMember(port)] as const)),
  );
  const push = async (text: string): Promise<void> => {
    const words = ["cluster", "push", "-", "--yes", "--replace", "--soak", "0s"];
    // Until a leader is elected, no server takes a version.
    await lan.untilValue(
      () => lan.lvsctl("charlie", words, text),
      ({ code }) => code === 0,
      () => [...members.values()].map(({ stderr }) => stderr.slice(-1500)).join("\n"),
    );
  };
  await push(labelled(81, 91));
  const [alpha, bravo] = await Promise.all([
    lan.startDirector("alpha", ["--label", "role=edge"]),
    lan.startDirector("bravo", ["--label", "role=core"]),
  ]);
  const state = (): string => alpha.stderr + bravo.stderr;
  await lan.untilServers("alpha", servers(81), state);
  await lan.untilServers("bravo", servers(91), state);
  assert.match(await lan.must("charlie", ["cluster", "status"]), /^alpha .* role=edge /m);
  const wrong = await lan.lvsctl("charlie", ["cluster", "push", "-"], labelled(81, 91_000));
  assert.match(wrong.stderr, /^lvsctl: <stdin> \(bravo\):4:\d+: /m);

  const endpoints = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    itemsOf((await lan.stored("alpha"))["endpoints"]).map(fieldsOf);
  const kill = async (address: unknown): Promise<void> => {
    const port = CLUSTER_PORTS.find((each) => address === `10.0.0.9:${each}`);
    await (port && members.get(port))?.stop();
  };
  const [used] = (await endpoints()).filter(({ current }) => current === true);
  await kill(used?.["address"]);
  // Another server confirms the version, which needs a leader.
  await lan.untilValue(
    () => lan.stored("alpha"),
    ({ stale, endpoints }) =>
      stale === false && itemsOf(endpoints).map(fieldsOf).some(({ current, answered, age_seconds: age }) =>
        current === true && answered === true && Number(age) < 5
      ) && itemsOf(endpoints).map(fieldsOf).some(({ answered }) =>
        answered === false
      ),
    state,
  );
  assert.match(await lan.must("alpha", ["status"]), /^Endpoints: .*10\.0\.0\.9:\d+ failed \d+s ago: /m);

  // Without a leader nothing can be read, and nothing changes.
  const [next] = (await endpoints()).filter(({ current }) => current === true);
  await kill(next?.["address"]);
  await lan.untilValue(() => lan.stored("alpha"), ({ stale }) => stale === true, state);
  const refused = await lan.lvsctl("charlie", ["cluster", "push", "-", "--yes"], labelled(83, 93));
  assert.equal(refused.code, 1, refused.stderr);
  assert.deepEqual(serversOf(await lan.rules("alpha")), servers(81));
  for (const port of CLUSTER_PORTS) {
    if (next?.["address"] === `10.0.0.9:${port}`) await lan.startMember(port);
  }
  await push(labelled(84, 94));
  await lan.untilServers("alpha", servers(84), state);
  await lan.untilServers("bravo", servers(94), state);
  await Promise.all([lan.ends(alpha), lan.ends(bravo)]);
});
