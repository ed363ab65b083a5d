import assert from "node:assert/strict";
import { daemonCommands } from "../../../../cli/daemon/control.ts";
import { daemonFiles } from "../../../../cli/daemon/files.ts";
import { decisionsJson } from "../../../../cli/format/decisions.ts";
import type { Directories } from "../../../../cli/state/directories.ts";
import { ControlServer } from "../../../../core/control/mod.ts";
import type { DesiredState } from "../../../../core/model/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { A, B, Bench, CHECK, WEB, web } from "../../core/daemon/daemon_bench.ts";

const PID = 195;
const OTHER = "tcp://192.0.2.20:80";
const FOREIGN = "10.0.0.50:80";

/** The daemon's file, and the same as YAML. */
const DESIRED: DesiredState = { services: [web({ fallback: realServer("10.0.0.99:80") })] };
const TEXT = `version: 1\nservices: [{ listen: "${WEB}", fallback: 10.0.0.99, servers: [10.0.0.11, 10.0.0.12] }]\n`;

/** A machine with a running daemon, whose control socket is a real one. */
class Machine implements AsyncDisposable {
  readonly bench: Bench;
  readonly path: string;
  readonly #root = Deno.makeTempDirSync();
  readonly #directories: Directories = { run: `${this.#root}/run`, state: `${this.#root}/state` };
  readonly #routes = new MemoryRoutes();
  readonly #server: ControlServer;

  private constructor() {
    this.bench = new Bench();
    this.path = `${this.#root}/lvsctl.yaml`;
    Deno.writeTextFileSync(this.path, TEXT);
    const unused = (): never => assert.fail("not for this test");
    this.#server = ControlServer.listen(daemonFiles(this.#directories).socket, {
      commands: daemonCommands({
        report: unused,
        names: unused,
        metrics: unused,
        reload: unused,
        readOverrides: unused,
        routers: unused,
        setReleased: unused,
        sources: unused,
        acceptSource: unused,
        decisions: () =>
          decisionsJson([...this.bench.daemon.decisions()], { pid: PID, file: this.path, vips: ["192.0.2.10"] }),
      }),
      onBug: (error) => assert.fail(String(error)),
    });
  }

  /** Waits until the daemon has judged its servers. */
  static async start(down: readonly string[]): Promise<Machine> {
    const machine = new Machine();
    for (const server of down) machine.bench.down.add(server);
    await machine.bench.load(DESIRED);
    await machine.bench.clock.advance(3000);
    return machine;
  }

  run(line: string, stdin = TEXT): Promise<Printed> {
    return lvsctl(line, { kernel: this.bench.kernel, directories: this.#directories, stdin, routes: this.#routes });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.bench[Symbol.asyncDispose]();
    Deno.removeSync(this.#root, { recursive: true });
  }
}

for (const command of ["apply FILE --yes", "restore FILE", "plan FILE"]) {
  Deno.test(`lvsctl ${command} leaves out what the daemon has taken out, with its reason`, async () => {
    await using machine = await Machine.start([A]);
    const { code, out, err } = await machine.run(command.replace("FILE", machine.path));
    assert.deepEqual([code, machine.bench.table()], [0, { [B]: 1 }]);
    assert.doesNotMatch(out, /10\.0\.0\.11/);
    assert.match(err, /^lvsctl: the daemon has 10\.0\.0\.11:80 of tcp:\/\/192\.0\.2\.10:80 out: connection refused$/m);
    assert.match(err, /the daemon \(process 195\) manages 1 of these services by .*; "lvsctl reload" makes it read/);
  });
}

Deno.test("lvsctl apply leaves the fallback in while the daemon has it in", async () => {
  await using machine = await Machine.start([A, B]);
  const { code } = await machine.run(`apply ${machine.path} --yes`);
  assert.deepEqual([code, machine.bench.table()], [0, { "10.0.0.99:80": 1 }]);
});

Deno.test("lvsctl apply of another file names the daemon's file, and leaves other services alone", async () => {
  await using machine = await Machine.start([]);
  const text = `version: 1\nservices: [{ listen: "${OTHER}", servers: [10.0.0.11] }, ` +
    `{ listen: "${WEB}", servers: [10.0.0.11, 10.0.0.12, 10.0.0.50] }]\n`;
  const { code, err } = await machine.run("apply - --yes", text);
  assert.deepEqual([code, machine.bench.table()], [0, { [A]: 1, [B]: 1, [FOREIGN]: 1 }]);
  assert.match(
    err,
    /manages 1 of these services by .*; it drains servers that its file does not name; change that file/,
  );
  assert.equal((await machine.run("apply - --yes", `version: 1\nservices: [{ listen: "${OTHER}" }]\n`)).err, "");
});

Deno.test("lvsctl restore warns of a service that the daemon would add again", async () => {
  await using machine = await Machine.start([]);
  const { err } = await machine.run("restore - --dry-run", "version: 1\nservices: []\n");
  assert.match(err, /the daemon \(process 195\) manages tcp:\/\/192\.0\.2\.10:80, which would be deleted, and adds it/);
});

for (
  const { line, down = [], warning } of [
    {
      line: `server add ${WEB} ${FOREIGN}`,
      warning: /drains 10\.0\.0\.50:80, .*; add it there and run "lvsctl reload"/,
    },
    {
      line: `server add ${WEB} ${A}`,
      down: [A],
      warning: /has 10\.0\.0\.11:80 out: connection refused; it adds the server/,
    },
    {
      line: `server edit ${WEB} ${A} --weight 7`,
      warning: /use "lvsctl server weight" or "maint", else change the file/,
    },
    { line: `server delete ${WEB} ${A}`, warning: /use "lvsctl server maint", or remove it from the file and run/ },
    { line: `server drain ${WEB} ${A} --dry-run`, warning: /use "lvsctl server maint", or remove it from the file/ },
    { line: `service edit ${WEB} --scheduler lc`, warning: /may undo this; change that file and run "lvsctl reload"/ },
    { line: `service delete ${WEB}`, warning: /may undo this; change that file and run "lvsctl reload"/ },
    {
      line: "flush --yes",
      warning: /the daemon \(process 195\) manages one of the services by .* and may add them again; stop/,
    },
    {
      line: "vip delete 192.0.2.10",
      warning: /the daemon \(process 195\) keeps 192\.0\.2\.10 and adds it again; remove/,
    },
    { line: `service add ${OTHER}`, warning: /^$/ },
    { line: `service zero ${WEB}`, warning: /^$/ },
  ]
) {
  Deno.test(`lvsctl ${line} ${warning.source === "^$" ? "is not the daemon's concern" : "names the way that lasts"}`, async () => {
    await using machine = await Machine.start(down);
    if (line.startsWith("vip")) {
      const added = await machine.run(`${line.replace("delete", "add")} --device eth0`);
      assert.equal(added.code, 0, added.err);
    }
    const { err } = await machine.run(line);
    if (warning.source === "^$") assert.equal(err, "");
    else assert.match(err, warning);
  });
}

Deno.test("a service that the daemon has at other weights keeps them", async () => {
  await using machine = await Machine.start([]);
  await machine.bench.load({ services: [web({ onFailure: "quiesce", check: { ...CHECK, fall: 1 } })] });
  machine.bench.down.add(B);
  await machine.bench.clock.advance(3000);
  assert.deepEqual(machine.bench.table(), { [A]: 1, [B]: 0 });
  const { err } = await machine.run(`apply ${machine.path} --yes`);
  assert.deepEqual(machine.bench.table(), { [A]: 1, [B]: 0 });
  assert.match(err, /the daemon has 10\.0\.0\.12:80 of .* with weight 0: connection refused/);
  assert.equal(machine.bench.client.servers(virtualService(WEB).id).length, 2);
});

Deno.test("lvsctl batch warns once of services that the daemon manages", async () => {
  await using machine = await Machine.start([]);
  const line = (weight: number): string => `server edit ${WEB} ${A} --weight ${weight}\n`;
  const { code, err } = await machine.run("batch -", line(3) + line(4));
  assert.deepEqual([code, err.match(/warning/g)?.length], [0, 1], err);
  assert.match(err, /manages tcp:\/\/192\.0\.2\.10:80 by .* and may undo this/);
  assert.equal((await machine.run("batch -", `service add ${OTHER}\n`)).err, "");
});

Deno.test("lvsctl batch warns of deletions too, as the commands alone do", async () => {
  await using machine = await Machine.start([]);
  assert.equal((await machine.run("batch -", "vip add 192.0.2.10 --device eth0\n")).err, "");
  const vip = await machine.run("batch - --yes", "vip delete 192.0.2.10\n");
  assert.match(vip.err, /the daemon \(process 195\) keeps 192\.0\.2\.10 and adds it again; remove/);
  const service = await machine.run("batch - --yes --dry-run", `service delete ${WEB}\n`);
  assert.match(service.err, /manages tcp:\/\/192\.0\.2\.10:80 by .* and may undo this; change that file/);
  const flush = await machine.run("batch - --yes", "flush\n");
  assert.match(flush.err, /manages one of the services by .* and may add them again; stop/);
});
