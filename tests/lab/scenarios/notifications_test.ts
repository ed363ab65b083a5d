import assert from "node:assert/strict";
import { openNetwork } from "../../../core/system/network.ts";
import { openNotifier } from "../../../core/system/notifier.ts";
import { event, mail, notifying, syslog } from "../../support/notifications.ts";
import { BackgroundProcess } from "../background_process.ts";
import { A, B, CHECK, service, startDaemon, startServers, writeFile } from "../daemon_bench.ts";
import { Director, until } from "../director.ts";
import { MAILBOX, startPostfix } from "../probe_servers/mail.ts";

const SERVICE = "tcp://192.0.2.10:80";

/** Time enough for a guest that is slow. */
const WITHIN_MS = 60_000;

function filesOf(directory: string): readonly string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => `${directory}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test("a failing network is one mail in the mailbox of a real Postfix, which it took over TLS", async () => {
  await using postfix = await startPostfix();
  const servers = Array.from({ length: 200 }, (_, index) => `10.0.1.${index}:80`);
  await using network = openNetwork();
  const troubles: unknown[] = [];
  using opened = openNotifier(network, { onTrouble: (trouble) => troubles.push(trouble) });
  const { notifier } = opened;
  const to = ["ops@example.org", "on-call@example.org"];
  const notify = [mail({ host: "localhost", to, timeoutMs: WITHIN_MS })];
  notifier.load({ services: [notifying(SERVICE, { servers, notify })] });
  for (const server of servers) {
    notifier.notify(
      event("server_down", { name: "b\u00fccher", server, reason: "no connection within 1s", at: Date.now() }),
    );
  }
  await notifier.close({ graceMs: WITHIN_MS });
  assert.deepEqual(troubles, []);
  const state = (): string => postfix.stdout + postfix.stderr;
  // One mail, delivered for each of the two recipients.
  await until(() => filesOf(MAILBOX).length === 2, { withinMs: WITHIN_MS, what: "the mail is delivered", state });
  const texts = await Promise.all(filesOf(MAILBOX).map((path) => Deno.readTextFile(path)));
  for (const text of texts) {
    assert.match(text, /\n\t\(using TLSv1/);
    assert.match(text, /^Subject: \[lvsctl .*\] 200 x server down$/m);
    assert.match(text, /^Auto-Submitted: auto-generated$/m);
    const [, body = ""] = text.split("\n\n");
    const bytes = Uint8Array.from(atob(body.replace(/\s/g, "")), (character) => character.charCodeAt(0));
    const lines = new TextDecoder().decode(bytes).split("\r\n").filter((line) => line.includes("server down: "));
    assert.equal(lines.length, 200);
    assert.match(lines[0] ?? "", / UTC {2}server down: 10\.0\.1\.0:80 of b\u00fccher \(tcp:/);
  }
  assert.deepEqual(new Set(texts.map((text) => /^Message-ID: .*$/m.exec(text)?.[0])).size, 1);
});

/** Starts busybox's syslogd, which listens at /dev/log and writes to a file. */
async function startSyslog(file: string): Promise<BackgroundProcess> {
  const daemon = BackgroundProcess.start(["busybox", "syslogd", "-n", "-O", file]);
  await until(() => filesOf("/dev").includes("/dev/log"), {
    withinMs: WITHIN_MS,
    what: "syslogd listens",
    state: () => daemon.stderr,
  });
  return daemon;
}

Deno.test("a real syslogd gets a line for each event, and after it was started again what came meanwhile", async () => {
  const file = await Deno.makeTempFile();
  const read = (): string => Deno.readTextFileSync(file);
  await using network = openNetwork();
  const troubles: string[] = [];
  using opened = openNotifier(network, { onTrouble: ({ reason }) => troubles.push(reason) });
  const { notifier } = opened;
  notifier.load({
    services: [notifying(SERVICE, { servers: ["10.0.0.1:80"], notify: [syslog({ facility: "local3" })] })],
  });
  const waitFor = (text: string): Promise<unknown> =>
    until(() => read().includes(text), { withinMs: WITHIN_MS, what: `"${text}" is logged`, state: read });
  {
    await using _daemon = await startSyslog(file);
    notifier.notify(event("server_down", { server: "10.0.0.1:80" }));
    await waitFor(`local3.err lvsctl[${Deno.pid}]: server down: 10.0.0.1:80 of ${SERVICE}: connection refused\n`);
  }
  await Deno.remove("/dev/log").catch(() => {});
  notifier.notify(event("server_up", { server: "10.0.0.1:80", reason: "connected" }));
  await until(() => troubles.length > 0, { withinMs: WITHIN_MS, what: "the failure is told", state: read });
  assert.match(troubles[0] ?? "", /^cannot send to \/dev\/log \(E(NOENT|CONNREFUSED)\)$/);
  await using _daemon = await startSyslog(file);
  await waitFor(`local3.notice lvsctl[${Deno.pid}]: server up: 10.0.0.1:80 of ${SERVICE}: connected\n`);
  await notifier.close({ graceMs: 1000 });
  await Deno.remove(file);
});

/** Where the daemon leaves what it knows. */
const STATE = "/tmp/notifying.json";

/** What it has left so far. */
function stored(): string {
  return filesOf("/tmp").includes(STATE) ? Deno.readTextFileSync(STATE) : "";
}

Deno.test("run tells a state once and its end once, for all services that share a check, whatever kills it meanwhile", async () => {
  await using director = await Director.create();
  const [a] = await startServers(director, 2);
  const file = await Deno.makeTempFile();
  const told = (): string => Deno.readTextFileSync(file);
  const script = `echo "$LVSCTL_EVENT $LVSCTL_SERVER of $LVSCTL_SERVICE: $LVSCTL_REASON" >>${file}`;
  const notify = `notify: [{ type: exec, command: [/bin/sh, -c, '${script}'] }]`;
  const options = `check: { type: http, ${CHECK} }, quorum: 2, fallback: "127.0.0.99:80", ${notify}`;
  await writeFile(service("fwmark:1", options, [A, B]), service("fwmark:2", options, [A, B]));
  const untilTold = (count: number, state: () => string): Promise<unknown> =>
    until(() => told().split("\n").length > count, { withinMs: WITHIN_MS, what: `${count} lines`, state });
  let daemon = await startDaemon(director, `--state ${STATE}`);
  await until(() => director.rows().filter((row) => row.includes("->")).length === 4, {
    withinMs: WITHIN_MS,
    what: "all servers are in",
    state: () => daemon.stderr,
  });
  assert.equal(told(), "");

  await a?.kill();
  await untilTold(4, () => daemon.stderr + told());
  const down = told().split("\n").filter((line) => line !== "").sort();
  // A command that would be the same for both services runs once.
  assert.deepEqual(down.map((line) => line.replace(/: .*/, "")), [
    "fallback_on 127.0.0.99:80 of fwmark:1 fwmark:2",
    "quorum_down  of fwmark:1",
    "quorum_down  of fwmark:2",
    `server_down ${A} of fwmark:1 fwmark:2`,
  ]);

  // What is killed while it tells, tells again: better twice than never.
  await until(() => /"server_down".*"pending":\{\}/.test(stored()), {
    withinMs: WITHIN_MS,
    what: "it is written down",
    state: () => daemon.stderr,
  });
  daemon.signal("SIGKILL");
  await daemon.finished();
  daemon = await startDaemon(director, `--state ${STATE}`);
  await a?.restart();
  await untilTold(8, () => daemon.stderr + told());
  const up = told().split("\n").slice(4).filter((line) => line !== "").sort();
  assert.deepEqual(up.map((line) => line.replace(/: .*/, "")), [
    "fallback_off 127.0.0.99:80 of fwmark:1 fwmark:2",
    "quorum_up  of fwmark:1",
    "quorum_up  of fwmark:2",
    `server_up ${A} of fwmark:1 fwmark:2`,
  ]);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0);
  assert.equal(told().split("\n").length, 9);
  await Deno.remove(file);
});
