import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { ClusterLan, DIRECTORS, serversOf, STORE_ADDRESS } from "../cluster_lan.ts";
import { inNamespace, ip, mustRun } from "../namespace.ts";

const VIP = "192.0.2.10";

const BOTH = [`${STORE_ADDRESS}:81`, `${STORE_ADDRESS}:82`];

const CONFIG = `version: 1
health_sharing: { quorum: 2 }
services:
  - name: web
    listen: tcp://${VIP}:80
    scheduler: rr
    check: { type: tcp, interval: 300ms, timeout: 200ms, rise: 1, fall: 2 }
    servers: [${BOTH.join(", ")}]
`;

/** Takes the checks of a director away: their source is its own address, and that of clients is another. */
async function blind(director: string, isBlind: boolean): Promise<void> {
  const match = ["-s", "10.0.0.1", "-p", "tcp", "--dport", "81:82", "-j", "DROP"];
  await mustRun([
    ...["ip", "netns", "exec", director, "iptables-legacy"],
    ...[isBlind ? "-A" : "-D", "OUTPUT", ...match],
  ]);
}

/** A client of the service on the first director, which answers for the VIP. */
async function ask(): Promise<string> {
  const request = ["curl", "-sS", "--max-time", "5", "--interface", VIP, `http://${VIP}/`];
  const { stdout, stderr } = await inNamespace("alpha", request);
  return stdout + stderr;
}

Deno.test("other directors keep servers that one cannot reach, and nothing keeps one that is dead", async () => {
  await using lan = await ClusterLan.create();
  await ip([`addr add ${VIP}/32 dev lo`], "alpha");
  await ip([`route add ${VIP} via 10.0.0.1`], "store");
  await lan.startEtcd({ isEmpty: true });
  const servers = [await lan.startServer(81), await lan.startServer(82)];
  await lan.push(CONFIG);
  const daemons = await Promise.all(DIRECTORS.map((name) => lan.startDirector(name)));
  const state = (): string => daemons.map(({ stderr }) => stderr).join("\n");
  for (const name of DIRECTORS) await lan.untilServers(name, BOTH, state);
  const sharing = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { stdout } = await lan.lvsctl("alpha", ["status", "--json"]);
    return fieldsOf(fieldsOf(fieldsOf(JSON.parse(stdout))["daemon"])["sharing"]);
  };
  await lan.untilValue(sharing, ({ directors }) => itemsOf(directors).join() === "bravo,charlie", state);
  assert.equal(await ask(), "web\n");

  // The checks of one director fail, and clients still reach the servers through it.
  await blind("alpha", true);
  await lan.untilValue(sharing, (shared) => shared["blind"] === true, state);
  assert.deepEqual(serversOf(await lan.rules("alpha")), BOTH);
  for (let time = 0; time < 4; time++) assert.equal(await ask(), "web\n");
  const status = await lan.lvsctl("alpha", ["status"]);
  assert.equal(status.code, 4);
  assert.match(status.stdout, /^ *This director cannot reach the servers: /m);
  assert.match(status.stdout, /unhealthy +weight 1 \(kept\) .*; kept because 2 other directors reach it/);
  assert.match(daemons[0]?.stderr ?? "", /10\.0\.0\.9:81 of \S+ stays although it is unhealthy here/);
  assert.match((await lan.lvsctl("alpha", ["doctor"])).stdout, /alone cannot reach the real servers/);
  assert.match(await lan.must("alpha", ["metrics"]), /^lvsctl_sharing_blind 1$/m);

  // Directors start again one after another, and the servers stay in the table of the one that cannot reach them.
  for (const [at, name] of [[1, "bravo"], [2, "charlie"], [0, "alpha"]] as const) {
    const former = daemons[at] ?? assert.fail();
    await lan.ends(former, "SIGUSR2");
    daemons[at] = await lan.startDirector(name);
    await lan.untilValue(sharing, (shared) => shared["blind"] === true, state);
    assert.deepEqual(serversOf(await lan.rules("alpha")), BOTH);
    assert.doesNotMatch(`${former.stderr}${state()}`, /delete real server/);
  }
  await blind("alpha", false);
  await lan.untilValue(sharing, (shared) => shared["blind"] === false && shared["disputed"] === 0, state);
  assert.deepEqual(serversOf(await lan.rules("alpha")), BOTH);
  assert.doesNotMatch(state(), /delete real server/);

  // A server dies, and all directors act.
  await servers[0]?.kill();
  for (const name of DIRECTORS) await lan.untilServers(name, BOTH.slice(1), state);

  // A director leaves, and a program takes its place that calls every server healthy.
  await servers[0]?.restart();
  for (const name of DIRECTORS) await lan.untilServers(name, BOTH, state);
  const range = async (key: string): Promise<string> => {
    const { kvs } = await lan.askEtcd("kv/range", { key: btoa(`/lvs/lab/health/${key}`) }) as {
      readonly kvs: readonly { readonly value: string }[];
    };
    return kvs[0]?.value ?? assert.fail(key);
  };
  for (const kind of ["servers", "states"]) {
    const value = await range(`${kind}/bravo`);
    await lan.askEtcd("kv/put", { key: btoa(`/lvs/lab/health/${kind}/liar`), value });
  }
  const [, , charlie = assert.fail()] = daemons;
  await lan.ends(charlie);
  await lan.untilValue(sharing, ({ directors }) => itemsOf(directors).join() === "bravo,liar", state);
  await servers[1]?.kill();
  await lan.untilServers("alpha", BOTH.slice(0, 1), state);

  // The store dies while the other two keep a server: after a time the checks of the director decide.
  await servers[1]?.restart();
  await lan.untilServers("alpha", BOTH, state);
  await blind("alpha", true);
  await lan.untilValue(sharing, (shared) => shared["blind"] === true, state);
  await lan.killEtcd();
  await lan.untilServers("alpha", [], state);
  assert.deepEqual([...serversOf(await lan.rules("bravo"))].sort(), BOTH);
  await Promise.all(daemons.slice(0, 2).map((daemon) => lan.ends(daemon)));
});
