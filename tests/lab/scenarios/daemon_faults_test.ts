import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { A, B, C, CHECK, service, startDaemon, startServers, table, untilTable, writeFile } from "../daemon_bench.ts";
import { Director, until } from "../director.ts";
import { createNatNetwork } from "../network.ts";
import { WebServer } from "../web_server.ts";

const HTTP = `check: { type: http, ${CHECK} }`;

/** For many servers that are one: busybox starts a process for each connection. */
const SLOW = "check: { type: tcp, interval: 1s, timeout: 900ms, rise: 1, fall: 1 }";

Deno.test("run answers fifty servers that die at once and return at once, and never leaves a service empty", async () => {
  await using director = await Director.create();
  const start = director.startProgram.bind(director);
  // All of 127.0.0.0/8 is this machine: one server answers for all of them.
  const server = await WebServer.start({ start, endpoint: "0.0.0.0:8080" });
  await writeFile(service("fwmark:1", `${SLOW}, fallback: "127.0.0.99:80"`, ['"127.0.1.[1-50]:8080"']));
  const daemon = await startDaemon(director);
  const rows = (): number => director.rows().filter((row) => row.includes("->")).length;
  await until(() => rows() === 50, { withinMs: 5000, what: "all are in", state: () => daemon.stderr });
  await server.kill();
  const counts = new Set<number>();
  await until(() => {
    counts.add(rows());
    return JSON.stringify(table(director)) === '{"fwmark:1":"99=1"}';
  }, { withinMs: 5000, what: "the fallback alone is in", state: () => daemon.stderr });
  assert.ok(!counts.has(0), "the table was never empty");
  await server.restart();
  await until(() => rows() === 50 && !/ 99=1/.test(table(director)["fwmark:1"] ?? ""), {
    withinMs: 5000,
    what: "all are in again",
    state: () => daemon.stderr,
  });
});

Deno.test("run follows a network that is cut and comes back", async () => {
  await using network = await createNatNetwork();
  await using director = await Director.of(network);
  await Promise.all(
    network.servers.map(({ name, ipv4 }) =>
      WebServer.start({ start: (argv) => network.start(name, argv), endpoint: `${ipv4}:8081`, body: name })
    ),
  );
  const endpoints = network.servers.map(({ ipv4 }) => `${ipv4}:8081`);
  await writeFile(
    service(`tcp://${network.vip.ipv4}:80`, `scheduler: rr, ${HTTP}, panic_threshold: 1`, endpoints),
    service("fwmark:1", `${HTTP}, on_failure: quiesce`, endpoints),
  );
  const daemon = await startDaemon(director);
  const everything = { "fwmark:1": "11=1 12=1 13=1", vip: "11=1 12=1 13=1" };
  await untilTable(director, everything, { daemon });
  const drop = ["-d", `${network.servers[0]?.ipv4.replace(/\d+$/, "0")}/24`, "-j", "DROP"];
  const cut = async (how: "-A" | "-D"): Promise<void> => {
    const { code, stderr } = await director.run(["iptables-legacy", how, "OUTPUT", ...drop]);
    assert.equal(code, 0, stderr);
  };
  await cut("-A");
  await until(
    () => table(director)["fwmark:1"] === "11=0 12=0 13=0" && table(director)["vip"]?.split(" ").length === 1,
    {
      withinMs: 5000,
      what: "none but the last is in",
      state: () => daemon.stderr,
    },
  );
  await cut("-D");
  await untilTable(director, everything, { daemon });
});

Deno.test("run that is killed, whose table is flushed, and that starts again, has the table right", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 3);
  await writeFile(
    service("fwmark:1", `${HTTP}, on_failure: quiesce`, [A, B, C]),
    service("fwmark:2", `${HTTP}, fallback: "127.0.0.99:80", quorum: 3`, [A, B, C]),
  );
  await servers[1]?.kill();
  const expected = { "fwmark:1": "11=1 12=0 13=1", "fwmark:2": "11=1 13=1 99=1" };
  const first = await startDaemon(director);
  await untilTable(director, expected, { daemon: first });
  // What it knows is written down within a second.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  first.signal("SIGKILL");
  await first.finished();
  await director.ipvsadm(["--clear"]);
  await servers[0]?.kill();
  const second = await startDaemon(director);
  // At once as the first one knew it; then as it is.
  await untilTable(director, expected, { daemon: second });
  await untilTable(director, { "fwmark:1": "11=0 12=0 13=1", "fwmark:2": "13=1 99=1" }, { daemon: second });
  // What it was told to remember for people, too: since when.
  const { services } = JSON.parse((await director.lvsctl("status --json")).stdout);
  const [{ servers: [, dead] }] = services;
  assert.ok(Date.parse(dead.since) < Date.now() - 1500, dead.since);
});

Deno.test("run that is killed while it changes the table has it right when it starts again", async () => {
  await using director = await Director.create();
  const start = director.startProgram.bind(director);
  await WebServer.start({ start, endpoint: "0.0.0.0:8080" });
  const services = Array.from(
    { length: 40 },
    (_, index) => service(`fwmark:${index + 1}`, `${SLOW}, scheduler: wrr`, ['"127.0.1.[1-25]:8080"']),
  );
  await writeFile(...services);
  const rows = (): number => director.rows().length;
  const whole = 40 + 40 * 25;
  const seen: number[] = [];
  for (const enough of [1, 41, 300]) {
    await director.ipvsadm(["--clear"]);
    const daemon = await startDaemon(director);
    await until(() => rows() >= enough, { withinMs: 10_000, what: `${enough} rows`, state: () => daemon.stderr });
    daemon.signal("SIGKILL");
    await daemon.finished();
    seen.push(rows());
  }
  const daemon = await startDaemon(director);
  await until(() => rows() === whole, {
    withinMs: 10_000,
    what: `${whole} rows; it was killed at ${seen.join(", ")}`,
    state: () => `${rows()}\n${daemon.stderr.slice(-2000)}`,
  });
  const { code, stdout } = await director.lvsctl("status --json");
  assert.deepEqual({ code, differences: JSON.parse(stdout).differences }, { code: 0, differences: [] });
});

Deno.test("run does not mind that the time of day jumps", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 2);
  await writeFile(service("fwmark:1", HTTP, [A, B]));
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });
  const jump = async (seconds: number): Promise<void> => {
    const { code, stderr } = await director.run(["date", "-s", `@${Math.round(Date.now() / 1000) + seconds}`]);
    assert.equal(code, 0, stderr);
  };
  try {
    for (const seconds of [86_400, -2 * 86_400]) {
      await jump(seconds);
      await servers[0]?.kill();
      await untilTable(director, { "fwmark:1": "12=1" }, { daemon });
      assert.equal((await director.lvsctl("status")).code, 1);
      await servers[0]?.restart();
      await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });
    }
  } finally {
    await jump(86_400);
  }
  assert.doesNotMatch(daemon.stderr, /error/);
});

Deno.test("run reads its file again and again while it checks, and loses nothing", async () => {
  await using director = await Director.create();
  const servers = await startServers(director, 3);
  await writeFile(service("fwmark:1", HTTP, [A, B]));
  const daemon: BackgroundProcess = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon });
  await servers[0]?.kill();
  for (let round = 0; round < 40; round++) {
    const other = service("fwmark:1", `${HTTP}, scheduler: ${round % 2 === 0 ? "rr" : "wrr"}`, [A, B]);
    await writeFile(other, ...(round % 3 === 0 ? [service("fwmark:2", HTTP, [B, C])] : []));
    daemon.signal("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match(table(director)["fwmark:1"] ?? "", /12=1/, "the server that lives never left");
  }
  await writeFile(service("fwmark:1", HTTP, [A, B]), service("fwmark:2", HTTP, [B, C]));
  await director.must("reload");
  await untilTable(director, { "fwmark:1": "12=1", "fwmark:2": "12=1 13=1" }, { daemon });
  await servers[0]?.restart();
  await untilTable(director, { "fwmark:1": "11=1 12=1", "fwmark:2": "12=1 13=1" }, { daemon });
  assert.doesNotMatch(daemon.stderr, /error|Cannot/);
  assert.equal((await director.lvsctl("status")).code, 0);
});
