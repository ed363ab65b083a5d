import assert from "node:assert/strict";
import {
  A,
  B,
  C,
  CHECK,
  FILE,
  forgetHealth,
  service,
  startDaemon,
  startServers,
  table,
  untilTable,
  VERDICT_MS,
  writeFile,
} from "../daemon_bench.ts";
import { Director, lvsctlPath, until } from "../director.ts";
import { CLIENT, createNatNetwork, type Network } from "../network.ts";
import { survives } from "../signal_state.ts";
import { startTraffic } from "../traffic.ts";
import { WebServer } from "../web_server.ts";

/** Starts a web server beside each real server, on a port of its own. */
async function startNetworkServers(network: Network): Promise<readonly WebServer[]> {
  return await Promise.all(
    network.servers.map(({ name, ipv4 }) =>
      WebServer.start({ start: (argv) => network.start(name, argv), endpoint: `${ipv4}:8081`, body: name })
    ),
  );
}

Deno.test("run takes a server that dies out in time, from every service that has it, and back when it returns", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  const servers = await startNetworkServers(network);
  const endpoints = servers.map(({ endpoint }) => endpoint);
  const [r1, r2] = servers;
  const http = `check: { type: http, ${CHECK} }`;
  await writeFile(
    service(`tcp://${network.vip.ipv4}:80`, `scheduler: rr, ${http}`, endpoints),
    service("fwmark:1", `on_failure: quiesce, ${http}`, endpoints.slice(0, 2)),
    service("fwmark:2", `check: { type: tcp, ${CHECK} }`, endpoints.slice(0, 2)),
  );
  await director.must(`restore ${FILE}`);
  const daemon = await startDaemon(director);
  const everything = { "fwmark:1": "11=1 12=1", "fwmark:2": "11=1 12=1", vip: "11=1 12=1 13=1" };
  assert.deepEqual(table(director), everything);

  await r1?.kill();
  const without = { "fwmark:1": "11=0 12=1", "fwmark:2": "12=1", vip: "12=1 13=1" };
  await untilTable(director, without, { daemon });
  const target = { address: network.vip.ipv4, port: 80 };
  await using during = await startTraffic(CLIENT, target, { count: 200, perSecond: 100 });
  await r1?.restart();
  await untilTable(director, everything, { daemon });
  const { servers: answered, failures } = await during.answers();
  assert.deepEqual({ failures, total: Object.values(answered).reduce((sum, count) => sum + count) }, {
    failures: {},
    total: 200,
  });
  assert.ok((answered["r1"] ?? 0) > 0, "the server that returned gets requests again");

  // One that hangs takes connections and never answers: HTTP tells, and a mere connection does not.
  r2?.hang();
  await untilTable(director, { "fwmark:1": "11=1 12=0", "fwmark:2": "11=1 12=1", vip: "11=1 13=1" }, { daemon });
  assert.match(daemon.stderr, /^\S+Z \w+: http 10\.1\.0\.12:8081 is unhealthy: no answer within 150ms$/m);
  r2?.resume();
  await untilTable(director, everything, { daemon });

  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  assert.deepEqual(table(director), everything);
  assert.match(daemon.stderr, /^\S+Z \w+: stopped; the table stays as it is$/m);
});

Deno.test("run puts the fallback in while none serves, and keeps the last servers where panic_threshold says so", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 3);
  const all = servers.map(({ endpoint }) => endpoint);
  const http = `check: { type: http, ${CHECK} }, fallback: "127.0.0.99:80"`;
  await writeFile(
    service("fwmark:1", http, all),
    service("fwmark:2", `${http}, on_failure: quiesce, panic_threshold: 1`, all),
    service("fwmark:3", `${http}, quorum: 2`, all),
  );
  // Nothing in the table yet: the servers come in when they are known to be healthy, and the fallback goes.
  const daemon = await startDaemon(director);
  const everything = "11=1 12=1 13=1";
  await untilTable(director, { "fwmark:1": everything, "fwmark:2": everything, "fwmark:3": everything }, { daemon });

  await Promise.all(servers.map((server) => server.kill()));
  // Which one is kept depends on whose last check failed last.
  const last = (): readonly string[] =>
    (table(director)["fwmark:2"] ?? "").split(" ").filter((server) => server.endsWith("=1"));
  await until(() => last().length === 2 && last()[1] === "99=1", {
    withinMs: VERDICT_MS,
    what: "of fwmark:2 one server and the fallback are left",
    state: () => daemon.stderr,
  });
  await untilTable(director, { ...table(director), "fwmark:1": "99=1", "fwmark:3": "99=1" }, { daemon });
  assert.equal(last().length, 2);
  await servers[2]?.restart();
  await untilTable(
    director,
    { "fwmark:1": "13=1", "fwmark:2": "11=0 12=0 13=1", "fwmark:3": "13=1 99=1" },
    { daemon },
  );
  await servers[0]?.restart();
  await untilTable(
    director,
    { "fwmark:1": "11=1 13=1", "fwmark:2": "11=1 12=0 13=1", "fwmark:3": "11=1 13=1" },
    { daemon },
  );
});

Deno.test("run takes a changed file on SIGHUP, and keeps the one it has if the new one is not valid", async () => {
  await using director = await Director.create();
  await startServers(director, 3);
  const http = `check: { type: http, ${CHECK} }`;
  await writeFile(service("fwmark:1", http, [A, B]));
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });

  await writeFile(
    "  - { listen: fwmark:9, schedular: rr }\n",
    service("fwmark:1", `${http}, quorum: many`, [A]),
  );
  daemon.signal("SIGHUP");
  await daemon.untilOutput(/^\S+Z \w+: \/tmp\/daemon\.yaml is not valid; the previous version stays active$/m);
  assert.match(daemon.stderr, /^\S+Z \w+: \/tmp\/daemon\.yaml:3:\d+: .*schedular/m);
  assert.match(daemon.stderr, /^\S+Z \w+: \/tmp\/daemon\.yaml:4:\d+: quorum /m);
  await Deno.remove(FILE);
  daemon.signal("SIGHUP");
  await daemon.untilOutput(/^\S+Z \w+: Cannot read \/tmp\/daemon\.yaml: No such file or directory \(ENOENT\)$/m);
  assert.deepEqual(table(director), { "fwmark:1": "11=1 12=1" });

  await writeFile(
    service("fwmark:1", `${http}, scheduler: wrr`, [`{ address: "${A}", weight: 7 }`, C]),
    service("fwmark:2", http, [A]),
  );
  daemon.signal("SIGHUP");
  // What is known of a server stays known: it is in the new service at once. A new server has to show itself first.
  await untilTable(director, { "fwmark:1": "11=7 13=1", "fwmark:2": "11=1" }, { daemon });
  assert.deepEqual((await director.rules()).filter((rule) => rule.startsWith("-A")), [
    "-A -f 1 -s wrr",
    "-A -f 2 -s wlc",
  ]);
  daemon.signal("SIGINT");
  assert.equal(await daemon.finished(), 0);
  assert.deepEqual(table(director), { "fwmark:1": "11=7 13=1", "fwmark:2": "11=1" });
});

Deno.test("run survives SIGHUP and SIGUSR1 from its first moment on, reloads for a SIGHUP while it starts, and ends at SIGUSR2", async () => {
  await using director = await Director.create();
  await startServers(director, 1);
  await writeFile(service("fwmark:1", `check: { type: http, ${CHECK} }`, [A]));
  const daemon = director.start(`run ${FILE}`);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  void daemon.finished().finally(resolve);
  let isEnded = false;
  void ended.then(() => isEnded = true);
  while (!survives(daemon.pid, "SIGUSR1") && !isEnded) await new Promise((next) => setTimeout(next, 1));
  await writeFile(service("fwmark:2", `check: { type: http, ${CHECK} }`, [A]));
  // A quick daemon may watch already.
  do {
    for (const signal of ["SIGHUP", "SIGUSR1"] as const) daemon.signal(signal);
    await new Promise((next) => setTimeout(next, 5));
  } while (!/watching/.test(daemon.stderr) && !isEnded);
  await untilTable(director, { "fwmark:2": "11=1" }, { daemon, withinMs: 20_000 });
  await until(() => /warning: SIGUSR1 has no meaning; /.test(daemon.stderr), {
    withinMs: 20_000,
    what: "the warning about SIGUSR1",
    state: () => daemon.stderr,
  });
  daemon.signal("SIGUSR2");
  assert.equal(await daemon.finished(), 0);
  assert.match(daemon.stderr, /stopped for a restart/);
});

Deno.test("run that is killed and started again moves nothing in or out", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 3);
  const all = servers.map(({ endpoint }) => endpoint);
  const http = `check: { type: http, ${CHECK} }`;
  await writeFile(
    service("fwmark:1", `${http}, on_failure: quiesce`, all),
    service("fwmark:2", `${http}, fallback: "127.0.0.99:80", quorum: 3`, all),
  );
  await director.must(`restore ${FILE}`);
  await servers[1]?.kill();
  const expected = { "fwmark:1": "11=1 12=0 13=1", "fwmark:2": "11=1 13=1 99=1" };
  const first = await startDaemon(director);
  await untilTable(director, expected, { daemon: first });
  first.signal("SIGKILL");
  assert.equal(await first.finished(), 128 + 9);
  const before = director.proc();

  // What the first one left is lost: then this one has to find out anew that the dead one is dead and the others are not.
  await forgetHealth();
  const second = director.start(`run ${FILE}`);
  const seen = new Set<string>();
  await until(() => {
    seen.add(director.proc());
    const healthy = second.stderr.match(/ is healthy: /g)?.length === 2;
    return healthy && /127\.0\.0\.12:8080 is unhealthy/.test(second.stderr);
  }, { withinMs: 10_000, what: "the daemon knows all three", state: () => second.stderr });
  // And until it has acted on that, if it does.
  await new Promise((resolve) => setTimeout(resolve, 100));
  seen.add(director.proc());
  assert.deepEqual([...seen], [before]);
  assert.doesNotMatch(second.stderr, /^\S+Z \w+: [-+~] /m);
  await servers[1]?.restart();
  await untilTable(director, { "fwmark:1": "11=1 12=1 13=1", "fwmark:2": "11=1 12=1 13=1" }, { daemon: second });
});

Deno.test("run goes on when others change the table under it, when the kernel refuses, and when its log is gone", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  const http = `check: { type: http, ${CHECK} }`;
  await writeFile(
    service("fwmark:1", http, [A, B]),
    service("fwmark:2", `${http}, scheduler: nope`, [A, B]),
    service("fwmark:3", `${http}, on_failure: quiesce`, [A, B]),
  );
  const daemon = await startDaemon(director);
  const all = { "fwmark:1": "11=1 12=1", "fwmark:3": "11=1 12=1" };
  await untilTable(director, all, { daemon });
  assert.match(
    daemon.stderr,
    /^\S+Z \w+: Cannot add virtual service fwmark:2: .*"nope" \(ENOENT\); .*trying again in 1s$/m,
  );
  await servers[0]?.kill();
  await untilTable(director, { "fwmark:1": "12=1", "fwmark:3": "11=0 12=1" }, { daemon });

  // A flush is an operator's wish, so nothing comes back by itself; the next change of health makes the service again.
  await director.ipvsadm(["--clear"]);
  await servers[0]?.restart();
  await untilTable(director, all, { daemon });
  await director.ipvsadm(["--delete-server", "-f", "1", "-r", "127.0.0.12:8080"]);
  await director.ipvsadm(["--delete-service", "-f", "3"]);
  await servers[1]?.kill();
  await untilTable(director, { "fwmark:1": "11=1", "fwmark:3": "11=1 12=0" }, { daemon });
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);

  // `read` takes the first line and goes.
  const unread = director.startProgram([
    "bash",
    "-c",
    'exec "$@" 2> >(read -r line)',
    "bash",
    lvsctlPath(),
    "run",
    FILE,
  ]);
  await servers[1]?.restart();
  await untilTable(director, all, { daemon: unread, withinMs: 10_000 });
  await servers[0]?.kill();
  await untilTable(director, { "fwmark:1": "12=1", "fwmark:3": "11=0 12=1" }, { daemon: unread });
  unread.signal("SIGTERM");
  assert.equal(await unread.finished(), 0);
});

Deno.test("run keeps no file open and holds its memory over many rounds of fast checks", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  const timing = "interval: 50ms, timeout: 50ms, rise: 2, fall: 3";
  await forgetHealth();
  // One answers, one hangs, one is not there.
  servers[1]?.hang();
  await writeFile(
    service("fwmark:1", `check: { type: http, ${timing} }`, [A, B, C]),
    service("fwmark:2", `check: { type: tcp, ${timing} }`, [A, B, C]),
    service("fwmark:3", "check: { type: http, interval: 60s, timeout: 60s }", [B]),
  );
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1", "fwmark:2": "11=1 12=1", "fwmark:3": "" }, { daemon });
  const files = (): number => [...Deno.readDirSync(`/proc/${daemon.pid}/fd`)].length;
  const memoryMb = (): number => {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${daemon.pid}/status`)) ?? [];
    return Number(kilobytes) / 1024;
  };
  const [before, memoryBefore] = [files(), memoryMb()];
  let most = 0;
  const end = performance.now() + 4000; // 80 rounds of 6 checks
  while (performance.now() < end) {
    most = Math.max(most, files());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Each check may have a connection open at any moment.
  assert.ok(most <= before + 12, `${before} files at first, later up to ${most}`);
  assert.ok(memoryMb() - memoryBefore < 40, `${memoryBefore} MB at first, then ${memoryMb()} MB`);
  // The check that waits for its answer for a minute does not hold it up.
  const begin = performance.now();
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  assert.ok(performance.now() - begin < 1000, "took too long to stop");
});
