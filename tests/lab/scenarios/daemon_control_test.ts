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
import { AS_NOBODY, Director, lines, until } from "../director.ts";

const HTTP = `check: { type: http, ${CHECK} }`;

/** What status says, without the times. */
async function status(director: Director): Promise<{ readonly code: number; readonly report: readonly string[] }> {
  const { code, stdout, stderr } = await director.lvsctl("status");
  assert.equal(stderr, "");
  const report = lines(stdout).map((line) =>
    line.replaceAll(/\d+\.\d ms/g, "N ms").replaceAll(/(?<=\s)\d+s(?=[ :])/g, "Ns").replaceAll(/ +/g, " ").replace(
      /^lvsctl \d+\.\d+\.\d+,/,
      "lvsctl VERSION,",
    )
  );
  return { code, report };
}

Deno.test("status tells what the daemon knows, with the exit status of check, and that no daemon runs", async () => {
  await using director = await Director.create();
  await director.refuses("status", {
    code: 6,
    lines: [/^no daemon runs here: no process listens at .*"lvsctl run FILE"/],
  });
  await director.refuses("reload", { code: 6, lines: [/^no daemon runs here: /] });
  const servers = await startServers(director, 2);
  await writeFile(
    service("fwmark:1", `name: web, ${HTTP}, fallback: "127.0.0.99:80"`, [A, `{ address: "${B}", weight: 3 }`]),
    service("fwmark:2", "scheduler: wlc", ["127.0.0.21:80"]),
  );
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1 12=3", "fwmark:2": "21=1" }, { daemon });
  const head = `lvsctl VERSION, process ${daemon.pid}, for Ns: ${FILE}`;
  const second = ["fwmark:2: 1 of 1 serve", " -> 127.0.0.21:80 unchecked weight 1"];
  assert.deepEqual(await status(director), {
    code: 0,
    report: [
      "2 services: 2 ok",
      head,
      "fwmark:1 (web): 2 of 2 serve",
      " -> 127.0.0.11:8080 healthy weight 1 Ns N ms status 200",
      " -> 127.0.0.12:8080 healthy weight 3 Ns N ms status 200",
      ...second,
    ],
  });
  await servers[0]?.kill();
  await untilTable(director, { "fwmark:1": "12=3", "fwmark:2": "21=1" }, { daemon });
  assert.deepEqual(await status(director), {
    code: 1,
    report: [
      "2 services: 1 ok, 1 with unhealthy servers",
      head,
      "fwmark:1 (web): 1 of 2 serve",
      " -> 127.0.0.11:8080 unhealthy out Ns N ms connection refused (ECONNREFUSED)",
      " -> 127.0.0.12:8080 healthy weight 3 Ns N ms status 200",
      ...second,
    ],
  });
  for (
    const [words, verb] of [["maint fwmark:1 127.0.0.11:80", "set to maintenance"], [
      "weight fwmark:1 127.0.0.11:80 5",
      "override the weight of",
    ]]
  ) {
    await director.refuses(`server ${words}`, {
      code: 1,
      lines: [
        new RegExp(
          `^Cannot ${verb} 127\\.0\\.0\\.11:80 of fwmark:1: .* \\(ENOENT\\); did you mean 127\\.0\\.0\\.11:8080\\? `,
        ),
      ],
    });
  }
  await servers[1]?.kill();
  await untilTable(director, { "fwmark:1": "99=1", "fwmark:2": "21=1" }, { daemon });
  assert.equal((await status(director)).code, 4);
  const { code, stdout } = await director.lvsctl("status --json");
  const { version, daemon: process, services, differences } = JSON.parse(stdout);
  assert.deepEqual({ code, version, pid: process.pid, file: process.file, differences }, {
    code: 4,
    version: 2,
    pid: daemon.pid,
    file: FILE,
    differences: [],
  });
  const [{ quorum, fallback, servers: [first] }] = services;
  assert.deepEqual({ quorum, fallback, health: first.health, weight: first.weight, last: first.last.detail }, {
    quorum: { unit: "servers", amount: 1, hysteresis: 0, met: false },
    fallback: { server: "127.0.0.99:80", address: "127.0.0.99", port: 80, family: "ipv4", in_use: true },
    health: "unhealthy",
    weight: null,
    last: "connection refused (ECONNREFUSED)",
  });
  const watching = director.start("status --watch 100ms");
  await until(() => watching.stdout.match(/^fwmark:1/gm)?.length === 3, {
    withinMs: 5000,
    what: "status is shown again",
  });
  await daemon.stop();
  assert.equal(await watching.finished(), 1);
  assert.match(watching.stderr, /^lvsctl: Cannot request status from the daemon: the daemon has ended$/m);
});

Deno.test("reload waits, and tells whether the file is valid, as the daemon's log does", async () => {
  await using director = await Director.create();
  await startServers(director, 2);
  await writeFile(service("fwmark:1", HTTP, [A]));
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon });
  await writeFile(service("fwmark:1", HTTP, [A, B]), service("fwmark:2", HTTP, [A]));
  assert.equal(
    await director.must("reload"),
    `${FILE} is active: watching 2 virtual services with 3 real servers\n`,
  );
  await untilTable(director, { "fwmark:1": "11=1 12=1", "fwmark:2": "11=1" }, { daemon });
  await Deno.writeTextFile(FILE, "version: 1\nservises: []\n");
  await director.refuses("reload", {
    code: 2,
    lines: [/^\/tmp\/daemon\.yaml:2:1: .*servises/, /is not valid; the previous version stays active$/],
  });
  assert.match(daemon.stderr, /^\S+Z \w+: \/tmp\/daemon\.yaml:2:1: .*servises/m);
  const { report } = await status(director);
  assert.equal(report[2], "The file has changed and is not valid; the previous one stays active:");
});

Deno.test("run is the only daemon of its table, and says who the other is", async () => {
  await using director = await Director.create();
  await startServers(director, 1);
  await writeFile(service("fwmark:1", HTTP, [A]));
  const daemon = await startDaemon(director);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon });
  await director.refuses(`run ${FILE}`, {
    code: 1,
    lines: [
      new RegExp(`^Cannot start the daemon: another lvsctl, process ${daemon.pid} \\("run ${FILE}"\\), manages `),
    ],
  });
  assert.equal((await status(director)).code, 0);
  // One that changes nothing may look on.
  const onlooker = await startDaemon(director, "--dry-run");
  await onlooker.stop();
  assert.equal((await status(director)).code, 0);
  daemon.signal("SIGKILL");
  await daemon.finished();
  const next = await startDaemon(director);
  assert.equal((await status(director)).report[1], `lvsctl VERSION, process ${next.pid}, for Ns: ${FILE}`);
});

Deno.test("run tells of what others make of the table, or puts it right, and only tells where it is to", async () => {
  await using director = await Director.create();
  await startServers(director, 2);
  await writeFile(service("fwmark:1", HTTP, [A, B]));
  const change = ["--edit-server", "-f", "1", "-r", A, "-m", "-w", "9"];
  const told =
    /^\S+Z \w+: the table differs from the expected one; (.*): ~ edit real server 127\.0\.0\.11:8080 of fwmark:1: nat, weight 1 \(healthy: status 200\)$/gm;
  const first = await startDaemon(director, "--verify 200ms");
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon: first });
  await director.ipvsadm(change);
  await first.untilOutput(/not corrected/);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.deepEqual([...first.stderr.matchAll(told)].map(([, what]) => what), ["not corrected (see --repair)"]);
  assert.deepEqual(table(director), { "fwmark:1": "11=9 12=1" });
  first.signal("SIGTERM");
  await first.finished();

  const second = await startDaemon(director, "--verify 200ms --repair --log-format json --on-exit remove");
  await untilTable(director, { "fwmark:1": "11=1 12=1" }, { daemon: second });
  await director.ipvsadm(["--clear"]);
  await director.ipvsadm(["--add-service", "-f", "9"]);
  await untilTable(director, { "fwmark:1": "11=1 12=1", "fwmark:9": "" }, { daemon: second });
  await second.untilOutput(/"reaction":"repaired"/);
  // Each line of the log is a JSON object.
  const log = lines(second.stderr).map((line) => JSON.parse(line));
  assert.ok(log.every(({ time, level, event, message }) => time && level && event && message), second.stderr);
  assert.ok(log.some(({ event, reaction }) => event === "drift" && reaction === "repaired"), second.stderr);
  second.signal("SIGTERM");
  assert.equal(await second.finished(), 0);
  assert.deepEqual(table(director), { "fwmark:9": "" });

  const third = await startDaemon(director, "--dry-run");
  await third.untilOutput(/^\S+Z \w+: would be done: \+ add real server 127\.0\.0\.12:8080 /m);
  third.signal("SIGTERM");
  assert.equal(await third.finished(), 0);
  assert.deepEqual(table(director), { "fwmark:9": "" });
});

Deno.test("run tells systemd that it is ready, reloads, lives and stops", async () => {
  await using director = await Director.create();
  const [server] = await startServers(director, 1);
  await writeFile(service("fwmark:1", HTTP, [A]));
  const socket = "/tmp/notify.sock";
  const systemd = director.startProgram(["socat", "-u", `UNIX-RECV:${socket}`, "STDOUT"]);
  await until(() => director.run(["test", "-S", socket]).then(({ code }) => code === 0), {
    withinMs: 5000,
    what: "socat listens",
  });
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "400000" };
  const daemon = director.start(`run ${FILE}`, { env });
  await systemd.untilOutput(/^READY=1\nSTATUS=watching 1 virtual service with 1 real server$/m);
  const signs = (): number => systemd.stdout.match(/^WATCHDOG=1$/gm)?.length ?? 0;
  const before = signs();
  await until(() => signs() >= before + 3, { withinMs: 3000, what: "signs of life", state: () => systemd.stdout });
  await director.must("reload");
  await systemd.untilOutput(/^RELOADING=1\n(.*\n)*READY=1\n/m);
  await systemd.untilOutput(/^STATUS=1 of 1 servers healthy$/m);
  await server?.kill();
  await systemd.untilOutput(/^STATUS=0 of 1 servers healthy; fwmark:1 below quorum$/m);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  await systemd.untilOutput(/^STOPPING=1$/m);
});

Deno.test("run goes on where it can write nothing, and says so", async () => {
  await using director = await Director.create();
  await startServers(director, 1);
  await writeFile(service("fwmark:1", HTTP, [A]));
  const daemon: BackgroundProcess = director.start(`run ${FILE}`, { env: { LVSCTL_RUN_DIR: "/proc/nowhere" } });
  await daemon.untilOutput(/watching 1 virtual service with 1 check$/m);
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon });
  await daemon.untilOutput(/^\S+Z warning: Cannot write \/proc\/nowhere\/daemon-\d+\.json: /m);
  assert.match(daemon.stderr, /^\S+Z warning: Cannot lock the daemon with .*; another daemon may manage /m);
  assert.match(daemon.stderr, /^\S+Z warning: Cannot listen at .*; "lvsctl status" and "lvsctl reload" will not /m);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  assert.deepEqual(table(director), { "fwmark:1": "11=1" });
});

Deno.test("run --socket-group lets a group read the status and nothing else, without root", async () => {
  await using director = await Director.create();
  await startServers(director, 1);
  await writeFile(service("fwmark:1", `name: web, ${HTTP}`, [A]));
  const nobody = { through: AS_NOBODY };
  const daemon = await startDaemon(director, "--socket-group nogroup");
  await untilTable(director, { "fwmark:1": "11=1" }, { daemon });
  const { code, stdout, stderr } = await director.lvsctl("status web", nobody);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^1 service: 1 ok\n[^]*127\.0\.0\.11:8080 +healthy/);
  await director.refuses("reload", {
    code: 1,
    lines: [/^Cannot connect to .*daemon-\d+\.sock: .*\(EACCES\); run as root$/],
  }, nobody);
  await daemon.stop();
  const other = await startDaemon(director);
  await director.refuses("status", { code: 1, lines: [/^Cannot connect to .*\(EACCES\); run as root$/] }, nobody);
  await other.stop();
});
