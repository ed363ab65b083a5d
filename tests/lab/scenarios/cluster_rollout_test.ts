import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { ClusterLan, DIRECTORS, serversOf, STORE_ADDRESS } from "../cluster_lan.ts";

/** A configuration whose server is checked. */
function config(port: number, more = ""): string {
  const check = "check: { type: tcp, interval: 300ms, timeout: 200ms, rise: 1, fall: 1 }, on_failure: quiesce";
  return `version: 1\nservices:\n  - { name: web, listen: tcp://192.0.2.10:80, ${check}, servers: ["${STORE_ADDRESS}:${port}"] }\n${more}`;
}

Deno.test("a version halts at the second of three directors, the third keeps its own, and a rollback reaches all", async () => {
  await using lan = await ClusterLan.create();
  await lan.startEtcd({ isEmpty: true });
  await lan.startServer(81);
  await lan.startServer(82);
  await lan.push(config(81));
  const daemons: readonly BackgroundProcess[] = await Promise.all(DIRECTORS.map((name) => lan.startDirector(name)));
  const state = (): string => daemons.map(({ stderr }) => stderr).join("\n");
  for (const name of DIRECTORS) await lan.untilServers(name, [`${STORE_ADDRESS}:81`], state);
  const members = async (): Promise<readonly unknown[]> => {
    const status = fieldsOf(JSON.parse(await lan.must("alpha", ["cluster", "status", "--json"])));
    return itemsOf(status["members"]).map((member) => fieldsOf(member)["name"]);
  };
  await lan.untilValue(members, (names) => names.length === DIRECTORS.length, state);

  // The second director cannot reach the server of the next version.
  await lan.refuse("bravo", 82);
  const plan = await lan.must("alpha", ["cluster", "push", "-", "--dry-run"], config(82));
  assert.match(plan, /^alpha, bravo, charlie \(version 1\):\n\+ add real server 10\.0\.0\.9:82/);
  assert.equal((await lan.rollout())["version"], 1);
  const refused = await lan.lvsctl("alpha", ["cluster", "push", "-"], "version: 1\nservices: []\n");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /it deletes virtual service tcp:\/\/192\.0\.2\.10:80.*add --yes/);
  await lan.must("alpha", ["cluster", "push", "-", "--yes", "--soak", "3s"], config(82));
  const halted = await lan.untilValue(() => lan.rollout(), ({ state }) => state !== "running", state);
  assert.equal(halted["state"], "halted", state());
  assert.match(String(halted["reason"]), /^bravo: the quorum of web is lost; version 1 is active again$/);
  await lan.untilServers("bravo", [`${STORE_ADDRESS}:81`], state);
  assert.deepEqual(serversOf(await lan.rules("alpha")), [`${STORE_ADDRESS}:82`]);
  assert.deepEqual(serversOf(await lan.rules("charlie")), [`${STORE_ADDRESS}:81`]);
  assert.doesNotMatch(daemons[2]?.stderr ?? "", /version 2/);
  assert.match(await lan.must("charlie", ["cluster", "status"]), /^The roll-out has halted: bravo: the quorum of web/m);

  // The third director sees what the halted version would change, and changes nothing by accident.
  const planned = await lan.lvsctl("charlie", ["plan", lan.address]);
  assert.match(planned.stdout, /^\+ add real server 10\.0\.0\.9:82 /m);
  assert.match(planned.stderr, /the roll-out of version 2 has halted: bravo: the quorum of web is lost/);
  const applied = await lan.lvsctl("charlie", ["apply", lan.address, "--yes"]);
  assert.equal(applied.code, 1);
  assert.match(applied.stderr, /^lvsctl: Cannot apply etcd:\S+: the roll-out of version 2 has halted: bravo/);
  assert.deepEqual(serversOf(await lan.rules("charlie")), [`${STORE_ADDRESS}:81`]);

  await lan.must("charlie", ["cluster", "rollback", "--yes", "--soak", "0s"]);
  for (const name of DIRECTORS) await lan.untilServers(name, [`${STORE_ADDRESS}:81`], state);
  const done = await lan.untilValue(() => lan.rollout(), ({ state }) => state !== "running", state);
  assert.deepEqual([done["version"], done["state"]], [3, "complete"]);

  // So does one that is not valid at the second director.
  const weighted = config(81).replace("servers:", 'weight: "${LAB_WEIGHT}", servers:');
  await lan.must("alpha", ["cluster", "push", "-", "--yes", "--soak", "0s"], weighted);
  const invalid = await lan.untilValue(() => lan.rollout(), ({ state }) => state !== "running", state);
  assert.match(String(invalid["reason"]), /^bravo: .*LAB_WEIGHT is not set.*; version 3 stays active$/);
  const weights = async (name: typeof DIRECTORS[number]): Promise<string> => (await lan.rules(name)).join();
  assert.match(await weights("alpha"), / -w 3/);
  for (const name of ["bravo", "charlie"] as const) assert.match(await weights(name), / -w 1/);
  await Promise.all(daemons.map((daemon) => lan.ends(daemon)));
  assert.match(await lan.must("alpha", ["cluster", "history"]), /^ +3 .* repeats version 1$/m);
});
