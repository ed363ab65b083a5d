import assert from "node:assert/strict";
import { daemonFiles } from "../../../../cli/daemon/files.ts";
import { ControlServer } from "../../../../core/control/mod.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { serviceEntry } from "../../../support/samples.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { TerminalScreen } from "../../../support/terminal_screen.ts";

const TERMINAL = { columns: 80, rows: 24 };

function service(id: string, name: string, states: readonly ("healthy" | "unhealthy")[]): unknown {
  const serving = states.filter((state) => state === "healthy").length;
  return {
    service: id,
    name,
    serving,
    quorum: { unit: "servers", amount: 1, hysteresis: 0, met: serving > 0 },
    servers: states.map((health, index) => ({
      address: `[2001:db8:1234:5678:9abc:def0:1234:${index + 1}]:65535`,
      health,
      since: "2026-01-02T03:04:05Z",
      weight: health === "healthy" ? 1 : null,
      last: { "latency_ms": 12.5, detail: `result ${"x".repeat(300)}` },
    })),
  };
}

/** A daemon that reports these services. */
class Daemon implements AsyncDisposable {
  readonly #root = Deno.makeTempDirSync();
  readonly #server: ControlServer;
  readonly directories = { run: `${this.#root}/run`, state: `${this.#root}/state` };

  constructor(services: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) {
    Deno.mkdirSync(this.directories.run);
    const daemon = { pid: 7, version: "1.2.3", file: "web.yaml" };
    const status = { version: 1, daemon, services, differences: [], ...more };
    this.#server = ControlServer.listen(daemonFiles(this.directories).socket, {
      commands: { status: () => ({ exit_code: 0, status }) },
      onBug: (error) => assert.fail(String(error)),
    });
  }

  run(line: string, options: CommandLineOptions = {}): Promise<Printed> {
    return lvsctl(line, { directories: this.directories, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await Deno.remove(this.#root, { recursive: true });
  }
}

const SERVICES = [
  service("tcp://192.0.2.10:80", "web", ["healthy", "healthy"]),
  service("tcp://192.0.2.10:443", "tls", ["healthy", "unhealthy"]),
  service("fwmark:1", "mail", ["unhealthy"]),
];

/** The names of the services in a status. */
function names(out: string): readonly string[] {
  return [...out.matchAll(/\((\w+)\): /g)].map(([, name = ""]) => name);
}

Deno.test("status SERVICE shows one service, by name or identity, with the status of that one", async () => {
  await using daemon = new Daemon(SERVICES);
  const all = await daemon.run("status");
  assert.deepEqual([all.code, names(all.out)], [EXIT.belowQuorum, ["mail", "tls", "web"]]);
  for (
    const [word, name, code] of [
      ["web", "web", EXIT.ok],
      ["tcp://192.0.2.10:443", "tls", EXIT.refused],
      ["mail", "mail", EXIT.belowQuorum],
    ] as const
  ) {
    const one = await daemon.run(`status ${word}`);
    assert.deepEqual([one.code, names(one.out), one.out.split(":")[0]], [code, [name], "1 service"]);
  }
  const none = await daemon.run("status nope");
  assert.equal(none.code, EXIT.refused);
  assert.match(none.err, /^lvsctl: Cannot show the status of nope: the daemon's file has no such service; /);
});

Deno.test("status --unhealthy counts all services, and shows what needs attention", async () => {
  await using daemon = new Daemon(SERVICES);
  const { code, out } = await daemon.run("status --unhealthy");
  assert.equal(code, EXIT.belowQuorum);
  assert.match(out, /^3 services: 1 ok, 1 with unhealthy servers, 1 below quorum\n/);
  assert.deepEqual(names(out), ["mail", "tls"]);
  assert.deepEqual(out.match(/:65535 +(un)?healthy/g), [":65535  unhealthy", ":65535  unhealthy"]);
  const json = JSON.parse((await daemon.run("status --unhealthy --json")).out);
  assert.deepEqual(json.services.map(({ name }: { readonly name: string }) => name), ["tls", "mail"]);
});

Deno.test("status --format nagios prints one line for the services that are shown, and has a plugin's status", async () => {
  await using daemon = new Daemon(SERVICES);
  const kernel = memoryKernel({ services: [serviceEntry("tcp://192.0.2.10:80"), serviceEntry("fwmark:9")] });
  for (
    const [line, code, text] of [
      ["status web --format nagios", 0, "OK - 1 service, 2 servers healthy"],
      ["status tcp://192.0.2.10:443 --format=nagios -w 1", 0, "OK - 1 of 2 servers unhealthy: [2001:db8:"],
      ["status tcp://192.0.2.10:443 --format=nagios -w 1 -c 0", 2, "CRITICAL - 1 of 2 servers unhealthy: [2001:db8:"],
      ["status tcp://192.0.2.10:443 --format=nagios", 1, "WARNING - 1 of 2 servers unhealthy: [2001:db8:"],
      ["status --format nagios", 2, "CRITICAL - 1 of 3 services below quorum: mail (quorum 1)"],
    ] as const
  ) {
    const { code: status, out, err } = await daemon.run(line, { kernel });
    assert.deepEqual([status, out.slice(0, text.length), err], [code, text, ""], out);
    assert.match(
      out,
      / \| 'healthy'=\d+;;;0;\d+ .* 'active'=0 'inactive'=0 'conns'=0c 'bytes_in'=0c 'bytes_out'=0c\n$/,
    );
  }
});

Deno.test("status --format nagios warns if the file is not valid, or the table cannot be changed", async () => {
  const kernel = memoryKernel({ services: [] });
  const web = SERVICES.slice(0, 1);
  for (
    const [more, text] of [
      [{ daemon: { "reload_error": "web.yaml:1:1: wrong" } }, /^WARNING - the file has changed and is not valid; /],
      [
        { failures: ["Cannot add x: no", "more"] },
        /^WARNING - 2 changes of the table not possible: Cannot add x: no \|/,
      ],
    ] as const
  ) {
    await using daemon = new Daemon(web, more);
    const { code, out } = await daemon.run("status --format nagios", { kernel });
    assert.equal(code, 1);
    assert.match(out, text);
  }
});

Deno.test("every failure of --format nagios is one line on standard output and status 3", async () => {
  await using daemon = new Daemon(SERVICES);
  for (
    const [line, text] of [
      ["status nope --format nagios", /^UNKNOWN - Cannot show the status of nope: /],
      ["status --format nagios --json", /^UNKNOWN - --format nagios and --json exclude each other/],
      ["status --format nagios -o yaml", /^UNKNOWN - --format nagios and --json exclude each other/],
      ["status --format nagios -w x", /^UNKNOWN - .*"x" is not a range; /],
      ["status --format nagios --watch", /^UNKNOWN - --format nagios and --watch exclude each other/],
      ["status --format nagios --nope", /^UNKNOWN - unknown option '--nope'/],
      ["status --format icinga", /^UNKNOWN - .*"icinga" is not one of nagios/],
      ["check /nowhere.yaml --format nagios", /^UNKNOWN - Cannot read \/nowhere\.yaml: No such file/],
      ["check - --format nagios --verbose", /^UNKNOWN - --format nagios and --verbose exclude each other/],
      ["check - --format nagios", /^UNKNOWN - <stdin>:1:1: /],
    ] as const
  ) {
    const { code, out, err } = await daemon.run(line, { stdin: "nonsense: 1|2\n" });
    assert.deepEqual([code, err], [3, ""], line);
    assert.match(out, text);
    assert.equal(out.indexOf("\n"), out.length - 1, line);
    assert.equal(out.includes("|"), false);
  }
  for (const line of ["status -w 1", "check - --critical 2"]) {
    const { code, out, err } = await daemon.run(line, { stdin: "version: 1\nservices: []\n" });
    assert.deepEqual([code, out], [EXIT.usage, ""]);
    assert.match(err, /^lvsctl: --(warning|critical) needs --format; add --format nagios\n/);
  }
  const { code, out } = await lvsctl("status --format nagios", { directories: { run: "/nowhere", state: "/nowhere" } });
  assert.equal(code, 3);
  assert.match(out, /^UNKNOWN - .*no daemon runs here/);
});

Deno.test("check --format nagios reports a round of checks", async () => {
  const stdin = `version: 1
services:
  - { listen: tcp://192.0.2.10:80, scheduler: rr, forward: nat, name: web, servers: [10.0.0.11:80, 10.0.0.12:80],
      check: { type: file, path: "/nowhere/{address}", condition: absent } }
  - { listen: tcp://192.0.2.10:443, scheduler: rr, forward: nat, name: tls, servers: [10.0.0.11:443],
      check: { type: file, path: "/nowhere/{address}", condition: present } }
`;
  const good = await lvsctl("check - --service web --format nagios", { stdin });
  assert.deepEqual([good.code, good.err], [0, ""], good.out);
  assert.match(
    good.out,
    /^OK - 1 service, 2 servers healthy \| 'healthy'=2;;;0;2 'unhealthy'=0;;;0;2 'below_quorum'=0;;;0;1 'time'=[\d.]+s\n$/,
  );
  const bad = await lvsctl("check - --format nagios", { stdin });
  assert.equal(bad.code, 2);
  assert.match(bad.out, /^CRITICAL - 1 of 2 services below quorum: tls \(quorum 1\); 1 of 3 servers unhealthy: /);
});

for (const count of [3, 300, 3000]) {
  Deno.test(`status --watch of ${count} services fills 80 x 24, the worst first, and wraps no row`, async () => {
    const many = Array.from(
      { length: count },
      (_, index) =>
        service(`tcp://[2001:db8:1234:5678:9abc:def0:0:${index.toString(16)}]:65535`, `n${index}`, ["healthy"]),
    );
    await using daemon = new Daemon([...many, service("fwmark:1", "mail", ["unhealthy"])]);
    const clock = new FakeClock();
    const screen = new TerminalScreen(TERMINAL);
    const interrupted = new AbortController();
    const { promise: drawn, resolve } = Promise.withResolvers<void>();
    const watching = daemon.run("status --watch", {
      clock,
      terminal: TERMINAL,
      colors: true,
      interrupted: interrupted.signal,
      onOutput: (text) => {
        screen.write(text);
        if (text.includes("mail")) resolve();
      },
    });
    await drawn;
    assert.deepEqual([screen.wraps, screen.scrolls, screen.isAlternate], [0, 0, true]);
    const [title = "", first = "", server = ""] = screen.text;
    assert.match(
      title,
      new RegExp(`^${(count + 1).toLocaleString("en")} services: .* 1 below quorum; lvsctl 1\\.2\\.3`),
    );
    assert.equal(first, "fwmark:1 (mail): 0 of 1 serve, below its quorum of 1");
    assert.match(server, /^ {2}-> \[2001:db.*\.\..*\]:65535 {2}unhealthy {2}out .* result x+\.\.$/);
    const place = count === 3 ? "all 8" : `1-22 of ${(count + 1) * 2}`;
    assert.ok(screen.text.at(-1)?.startsWith(place), screen.text.at(-1));
    interrupted.abort();
    assert.equal((await watching).code, EXIT.belowQuorum);
    assert.equal(screen.isAlternate, false);
  });
}
