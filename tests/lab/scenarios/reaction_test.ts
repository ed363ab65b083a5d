import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import {
  A,
  B,
  CHECK,
  FILE,
  service,
  startDaemon,
  startServers,
  table,
  untilTable,
  writeFile,
} from "../daemon_bench.ts";
import { Director, lines, until } from "../director.ts";
import { wait } from "../many_servers.ts";
import { CLIENT, createNatNetwork } from "../network.ts";
import { ask, startTraffic } from "../traffic.ts";
import { answers, keptOf, Visitors } from "../visitors.ts";

const WEB = "tcp://192.0.2.10:80";

/** How long what the daemon does at once may take on a busy machine. */
const SOON_MS = 3000;

/** The weight of one server as the kernel has it; undefined if it is not there. */
function weightOf(director: Director, server: number): number | undefined {
  const weight = new RegExp(`(?:^| )${server}=(\\d+)`).exec(table(director)["vip"] ?? "")?.[1];
  return weight === undefined ? undefined : Number(weight);
}

async function reload(daemon: BackgroundProcess, director: Director): Promise<void> {
  assert.match(await director.must("reload"), /is active/, daemon.stderr);
}

Deno.test("run lets a server that returns grow to its weight, and leaves one that never was away", async () => {
  await using director = await Director.create();
  const [first] = await startServers(director, 2);
  const servers = [A, B].map((address) => `{ address: "${address}", weight: 100 }`);
  await writeFile(service(WEB, `slow_start: { duration: 4s, from: 10 }, check: { type: http, ${CHECK} }`, servers));
  const daemon = await startDaemon(director);
  await untilTable(director, { vip: "11=100 12=100" }, { daemon });
  await first?.kill();
  await untilTable(director, { vip: "12=100" }, { daemon });
  await first?.restart();
  const weights: number[] = [];
  const began = await until(() => weightOf(director, 11) !== undefined, { withinMs: SOON_MS, what: "it returns" });
  assert.ok(began >= 0);
  const took = await until(() => {
    const weight = weightOf(director, 11) ?? 0;
    if (weights.at(-1) !== weight) weights.push(weight);
    return weight === 100;
  }, { withinMs: 4000 + SOON_MS, what: "all of the weight", state: () => weights.join(" ") });
  assert.ok((weights[0] ?? 100) <= 40, `it begins with little: ${weights.join(" ")}`);
  assert.ok(weights.length >= 8, `by many steps: ${weights.join(" ")}`);
  assert.deepEqual(weights, weights.toSorted((a, b) => a - b));
  assert.ok(took > 2000, `and not too fast: ${took} ms`);
  assert.equal(weightOf(director, 12), 100);
});

Deno.test("run follows what agents say of their servers", async () => {
  await using director = await Director.create();
  await startServers(director, 2);
  const say = (text: string): Promise<void> => Deno.writeTextFile("/tmp/agent-11", `${text}\n`);
  await say("50%");
  const agent = director.startProgram([
    "socat",
    "TCP-LISTEN:8081,bind=127.0.0.11,reuseaddr,fork",
    "OPEN:/tmp/agent-11,rdonly",
  ]);
  const servers = [`{ address: "${A}", weight: 10 }`, `{ address: "${B}", weight: 10, agent: none }`];
  const options =
    `agent: { type: tcp, port: 8081, interval: 200ms }, on_failure: quiesce, check: { type: http, ${CHECK} }`;
  await writeFile(service(WEB, options, servers));
  const daemon = await startDaemon(director);
  for (
    const [text, weight] of [
      ["50%", 5],
      ["drain", 0],
      ["ready", 5],
      ["down#no more disk", 0],
      ["up 100%", 10],
    ] as const
  ) {
    await say(text);
    await untilTable(director, { vip: `11=${weight} 12=10` }, { daemon, withinMs: SOON_MS });
  }
  await agent.stop();
  await daemon.untilOutput(/its agent reports down, 50%: no more disk/);
  assert.deepEqual(table(director), { vip: "11=10 12=10" }, "silence changes nothing");
});

Deno.test("server maint holds over health, reloads and a daemon that was killed, until server ready", async () => {
  await using director = await Director.create();
  const [first] = await startServers(director, 2);
  await writeFile(service(WEB, `check: { type: http, ${CHECK} }`, [A, B]));
  const daemon = await startDaemon(director);
  await untilTable(director, { vip: "11=1 12=1" }, { daemon });
  // The servers are on the director itself.
  director.expects("server-loopback");
  await director.must(["server", "maint", "all", "127.0.0.11", "--reason", "new disk"]);
  assert.deepEqual(table(director), { vip: "11=0 12=1" }, "at once");
  await reload(daemon, director);
  await first?.kill();
  daemon.signal("SIGKILL");
  await daemon.finished();
  const next = await startDaemon(director);
  await next.untilOutput(/127\.0\.0\.11:8080 is unhealthy/);
  assert.deepEqual(table(director), { vip: "11=0 12=1" });
  assert.match(await director.must("server overrides"), /^127\.0\.0\.11 +all services +maintenance .* new disk$/m);
  await director.must("server ready all 127.0.0.11");
  assert.deepEqual(table(director), { vip: "12=1" }, "it is unhealthy, and at once out");
  await first?.restart();
  await untilTable(director, { vip: "11=1 12=1" }, { daemon: next });
  await director.must(`server weight ${WEB} ${A} 7 --ttl 2s`);
  assert.deepEqual(table(director), { vip: "11=7 12=1" });
  await untilTable(director, { vip: "11=1 12=1" }, { daemon: next, withinMs: 2000 + SOON_MS });
});

Deno.test("a server that the file no longer names is drained, and no connection fails", async () => {
  await using network = await createNatNetwork({ servers: 2 });
  await using director = await Director.of(network);
  await using visitors = await Visitors.of(network);
  const [r1 = "", r2 = ""] = network.servers.map(({ ipv4 }) => `${ipv4}:8080`);
  const listen = `tcp://${network.vip.ipv4}:80`;
  const options = `scheduler: rr, drain: 6s, check: { type: tcp, ${CHECK} }`;
  await writeFile(service(listen, options, [r1, r2]));
  const daemon = await startDaemon(director);
  await untilTable(director, { vip: "11=1 12=1" }, { daemon });
  const visit = { address: network.vip.ipv4, port: 80, keep: true } as const;
  const kept = await visitors.visit([visit, visit]);
  assert.deepEqual(answers(kept).toSorted(), ["r1", "r2"]);

  const target = { address: network.vip.ipv4, port: 80 };
  await using during = await startTraffic(CLIENT, target, { count: 300, perSecond: 100 });
  await writeFile(service(listen, options, [r2]));
  const began = performance.now();
  await reload(daemon, director);
  await untilTable(director, { vip: "11=0 12=1" }, { daemon, withinMs: SOON_MS });
  assert.deepEqual(answers(await visitors.again(keptOf(kept))).toSorted(), ["r1", "r2"], "what was open goes on");
  assert.deepEqual((await during.answers()).failures, {});
  await untilTable(director, { vip: "12=1" }, { daemon, withinMs: 6000 + SOON_MS });
  assert.ok(performance.now() - began > 5500, "it was not removed before its time");
  assert.deepEqual(answers(await visitors.visit([visit, visit])), ["r2", "r2"]);
});

Deno.test("run drains a server until its connections are closed, and does not wait for the kernel to forget them", async () => {
  await using network = await createNatNetwork({ servers: 2 });
  await using director = await Director.of(network);
  await using visitors = await Visitors.of(network);
  const [r1 = "", r2 = ""] = network.servers.map(({ ipv4 }) => `${ipv4}:8080`);
  const listen = `tcp://${network.vip.ipv4}:80`;
  const options = `scheduler: rr, drain: 5m, check: { type: tcp, ${CHECK} }`;
  await writeFile(service(listen, options, [r1, r2]));
  const daemon = await startDaemon(director);
  await untilTable(director, { vip: "11=1 12=1" }, { daemon });
  const visit = { address: network.vip.ipv4, port: 80, keep: true } as const;
  const kept = keptOf(await visitors.visit([visit, visit]));
  const target = { address: network.vip.ipv4, port: 80 };
  assert.deepEqual((await ask(CLIENT, target, { count: 20 })).failures, {});
  const states = async (): Promise<string[]> =>
    lines(await director.ipvsadm(["-Lcn"])).map((line) => line.split(/ +/))
      .flatMap(([, , state = "", , , server]) => server === r1 ? [state] : []).toSorted();
  assert.deepEqual(await states(), ["ESTABLISHED", ...Array<string>(10).fill("TIME_WAIT")]);

  await writeFile(service(listen, options, [r2]));
  await reload(daemon, director);
  await wait(2500);
  assert.deepEqual(table(director), { vip: "11=0 12=1" }, "one connection is open");
  await visitors.leave(kept);
  await untilTable(director, { vip: "12=1" }, { daemon, withinMs: 1000 + SOON_MS });
  assert.deepEqual(await states(), Array<string>(11).fill("TIME_WAIT"), "the kernel remembers them still");
});

Deno.test("a VIP goes with the quorum of its services, and comes back with it", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  const vips = "vips:\n  - { address: 192.0.2.10/32, device: lo }\n  - { address: 192.0.2.11/32, device: lo }\n";
  const text = `version: 1\n${vips}services:\n${
    service(WEB, `withdraw_vips: true, check: { type: http, ${CHECK} }`, [A, B])
  }${service("tcp://192.0.2.11:80", `check: { type: http, ${CHECK} }`, [A, B])}`;
  await Deno.writeTextFile(FILE, text);
  await director.must(`apply ${FILE} --yes`);
  const present = async (): Promise<string> => {
    const { stdout } = await director.run(["ip", "-o", "addr", "show", "dev", "lo"]);
    return lines(stdout).flatMap((line) => /inet (192\.0\.2\.\d+)/.exec(line)?.[1] ?? []).toSorted().join(" ");
  };
  const both = "192.0.2.10 192.0.2.11";
  assert.equal(await present(), both);
  const daemon = await startDaemon(director);
  const untilPresent = (wanted: string): Promise<number> =>
    until(async () => await present() === wanted, { withinMs: SOON_MS, what: wanted, state: () => daemon.stderr });
  await servers[0]?.kill();
  await daemon.untilOutput(/127\.0\.0\.11:8080 is unhealthy/);
  assert.equal(await present(), both, "one server is enough");
  await servers[1]?.kill();
  await untilPresent("192.0.2.11");
  await servers[1]?.restart();
  await untilPresent(both);
  await servers[1]?.kill();
  await untilPresent("192.0.2.11");
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  assert.equal(await present(), "192.0.2.11", "what was withdrawn stays so when the daemon ends");
});
