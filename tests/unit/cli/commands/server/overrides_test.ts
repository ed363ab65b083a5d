import assert from "node:assert/strict";
import { daemonFiles } from "../../../../../cli/daemon/files.ts";
import type { Directories } from "../../../../../cli/state/directories.ts";
import { ControlServer } from "../../../../../core/control/mod.ts";
import { EXIT } from "../../../../../core/errors/mod.ts";
import { compareServerIds } from "../../../../../core/model/mod.ts";
import { lvsctl } from "../../../../support/command_line.ts";
import { memoryKernel } from "../../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../../support/memory_kernel.ts";
import { realServer, virtualService } from "../../../../support/samples.ts";

const [WEB, MAIL] = ["tcp://192.0.2.10:80", "tcp://192.0.2.10:25"];

/** A kernel with two services on the same two machines, and directories of its own. */
class Machine implements AsyncDisposable {
  readonly kernel: MemoryKernel = memoryKernel({
    services: [
      {
        service: virtualService(WEB),
        servers: [realServer("10.0.0.11:80", { weight: 5 }), realServer("10.0.0.12:80")],
      },
      { service: virtualService(MAIL), servers: [realServer("10.0.0.11:25", { weight: 3 })] },
    ],
  });
  readonly #directory = Deno.makeTempDirSync();

  get #directories(): Directories {
    return { run: `${this.#directory}/run`, state: `${this.#directory}/state` };
  }

  async run(line: string, code: number = EXIT.ok): Promise<string> {
    const directories = this.#directories;
    const printed = await lvsctl(line, { kernel: this.kernel, directories });
    assert.equal(printed.code, code, printed.err);
    return printed.out + printed.err;
  }

  /** Whether a line reports that it changed something, and the operations that it reports. */
  async changed(line: string): Promise<readonly [boolean, ...operations: readonly string[]]> {
    const { changed, changes } = JSON.parse((await this.run(`${line} --json`)).split("\nlvsctl: ", 1).join(""));
    return [changed, ...changes.map(({ operation }: { readonly operation: string }) => operation)];
  }

  /**
   * Starts a daemon that manages the web service, and leaves the kernel as it is.
   *
   * @param servers The servers of services in its file, which its status shows.
   */
  startDaemon(servers: Readonly<Record<string, readonly string[]>> = {}): ControlServer {
    Deno.mkdirSync(this.#directories.run, { recursive: true });
    const services = Object.entries(servers).map(([service, its]) => ({
      service,
      servers: its.map((server) => ({ server, weight: null })),
    }));
    return ControlServer.listen(daemonFiles(this.#directories).socket, {
      commands: {
        overrides: () => ({ services: [WEB] }),
        status: () => ({ exit_code: 0, status: { version: 2, services } }),
      },
      onBug: (error) => assert.fail(String(error)),
    });
  }

  /** The weights in the kernel: of the web service's servers, then of the mail service's. */
  weights(): readonly number[] {
    using client = this.kernel.openClient();
    return [WEB, MAIL].flatMap((name) =>
      client.servers(virtualService(name).id).sort(compareServerIds).map(({ weight }) => weight)
    );
  }

  /** Writes a file with the web service, and gives its name. */
  file(): string {
    const path = `${this.#directory}/web.yaml`;
    Deno.writeTextFileSync(
      path,
      `version: 1\nservices:\n  - { listen: "${WEB}", scheduler: rr, servers: [{ address: "10.0.0.11:80", weight: 5 }, "10.0.0.12:80"] }\n`,
    );
    return path;
  }

  spoilOverrides(): void {
    Deno.writeTextFileSync(`${this.#directory}/state/overrides.json`, "half of it");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

Deno.test("server weight changes the kernel, is listed with its reason, and server ready puts the weight back", async () => {
  await using machine = new Machine();
  await machine.run(`server weight ${WEB} 10.0.0.11 9 --reason slow-disk --ttl 1h`);
  assert.deepEqual(machine.weights(), [9, 1, 3]);
  const listed = await machine.run("server overrides");
  assert.match(
    listed,
    /^SERVER .*\n10\.0\.0\.11:80 +tcp:\/\/192\.0\.2\.10:80 +weight 9 +0s +in (59m59s|1h) +\S.* slow-disk\n$/,
  );
  await machine.run(`server weight ${WEB} 10.0.0.11 7`);
  assert.deepEqual(machine.weights(), [7, 1, 3]);
  await machine.run(`server ready ${WEB} 10.0.0.11`);
  assert.deepEqual(machine.weights(), [5, 1, 3]);
  assert.equal(await machine.run("server overrides"), "No overrides are active\n");
});

Deno.test("server maint all takes a machine out of every service, and server ready all brings it back", async () => {
  await using machine = new Machine();
  await machine.run("server maint all 10.0.0.11");
  assert.deepEqual(machine.weights(), [0, 1, 0]);
  const [told] = JSON.parse(await machine.run("server overrides --json")).overrides;
  const { author: _author, at: _at, ...rest } = told;
  assert.deepEqual(rest, {
    service: null,
    server: "10.0.0.11",
    address: "10.0.0.11",
    port: null,
    family: "ipv4",
    maintenance: true,
    weight: 0,
    reason: null,
    until: null,
  });
  assert.match(
    await machine.run(`server ready ${WEB} 10.0.0.11`, EXIT.refused),
    /it has no override; cancel that of 10\.0\.0\.11 of all services: lvsctl server ready all 10\.0\.0\.11/s,
  );
  await machine.run("server ready all 10.0.0.11");
  assert.deepEqual(machine.weights(), [5, 1, 3]);
});

Deno.test("server weight --dry-run changes and remembers nothing", async () => {
  await using machine = new Machine();
  assert.match(await machine.run(`server weight ${WEB} 10.0.0.11 9 --dry-run`), /10\.0\.0\.11:80/);
  assert.deepEqual(machine.weights(), [5, 1, 3]);
  assert.equal(await machine.run("server overrides"), "No overrides are active\n");
});

Deno.test("server ready leaves a weight that somebody has set meanwhile", async () => {
  await using machine = new Machine();
  await machine.run(`server maint ${WEB} 10.0.0.11`);
  await machine.run(`server edit ${WEB} 10.0.0.11 --weight 2`);
  await machine.run(`server ready ${WEB} 10.0.0.11`);
  assert.deepEqual(machine.weights(), [2, 1, 3]);
});

Deno.test("server maint all of a server outside the table stores the override and reports it", async () => {
  await using machine = new Machine();
  assert.match(await machine.run("server maint all 10.0.0.13"), /real server 10\.0\.0\.13 \S.* is not in the table/);
  assert.match(await machine.run("server overrides"), /^10\.0\.0\.13 .*maintenance/m);
});

Deno.test("server maint and weight refuse a server that the service does not have, and name the likely one", async () => {
  await using machine = new Machine();
  const cases: readonly (readonly [string, string])[] = [
    [
      `server maint ${WEB} 10.0.0.11:8080`,
      `lvsctl: Cannot set to maintenance 10.0.0.11:8080 of ${WEB}: the virtual service has no such real server (ENOENT); ` +
      'did you mean 10.0.0.11:80? "lvsctl server maint all 10.0.0.11" stores an override for later\n',
    ],
    [
      `server weight ${WEB} 10.0.0.13 5 --dry-run`,
      `lvsctl: Cannot override the weight of 10.0.0.13:80 of ${WEB}: the virtual service has no such real server ` +
      '(ENOENT); it has 10.0.0.12:80, 10.0.0.11:80; "lvsctl server weight all 10.0.0.13 5" stores an override for later\n',
    ],
    [
      "server maint tcp://192.0.2.99:80 10.0.0.11",
      "lvsctl: Cannot set to maintenance tcp://192.0.2.99:80: there is no such virtual service (ESRCH); " +
      '"lvsctl list" shows the existing ones\n',
    ],
  ];
  for (const [line, expected] of cases) assert.equal(await machine.run(line, EXIT.refused), expected);
  assert.equal(await machine.run("server overrides"), "No overrides are active\n");
  assert.deepEqual(machine.weights(), [5, 1, 3]);
});

Deno.test("server maint and weight beside a daemon know the servers of its file, and refuse all others", async () => {
  await using machine = new Machine();
  const tls = "tcp://192.0.2.10:443";
  await using _daemon = machine.startDaemon({ [WEB]: ["10.0.0.11:80", "10.0.0.14:80"], [tls]: ["10.0.0.15:443"] });
  const noServer = (verb: string, object: string): string =>
    `lvsctl: Cannot ${verb} ${object}: the virtual service has no such real server (ENOENT); `;
  const cases: readonly (readonly [string, string])[] = [
    [
      `server maint ${WEB} 10.0.0.14:8080 --reason memory`,
      `${noServer("set to maintenance", `10.0.0.14:8080 of ${WEB}`)}did you mean 10.0.0.14:80? ` +
      '"lvsctl server maint all 10.0.0.14" stores an override for later\n',
    ],
    [
      `server weight ${WEB} 10.0.0.11:81 5`,
      `${noServer("override the weight of", `10.0.0.11:81 of ${WEB}`)}did you mean 10.0.0.11:80? ` +
      '"lvsctl server weight all 10.0.0.11 5" stores an override for later\n',
    ],
    [
      `server maint ${tls} 10.0.0.16`,
      `${noServer("set to maintenance", `10.0.0.16:443 of ${tls}`)}it has 10.0.0.15:443; ` +
      '"lvsctl server maint all 10.0.0.16" stores an override for later\n',
    ],
  ];
  for (const [line, expected] of cases) assert.equal(await machine.run(line, EXIT.refused), expected);
  assert.equal(await machine.run("server overrides"), "No overrides are active\n");
  // The daemon has them out, so that the kernel does not know them.
  assert.equal(await machine.run(`server maint ${WEB} 10.0.0.14`), "");
  assert.equal(await machine.run(`server weight ${tls} 10.0.0.15 5`), "");
  assert.match(await machine.run("server overrides"), /10\.0\.0\.14:80[^]*10\.0\.0\.15:443/);
  assert.deepEqual(machine.weights(), [5, 1, 3]);
});

Deno.test("plan and apply respect what operators say, and so does check --apply", async () => {
  await using machine = new Machine();
  const file = machine.file();
  await machine.run(`server maint ${WEB} 10.0.0.11`);
  assert.match(await machine.run(`plan ${file}`), /^Nothing to change/m);
  await machine.run(`server edit ${WEB} 10.0.0.11 --weight 4`);
  await machine.run(`apply ${file}`);
  assert.deepEqual(machine.weights(), [0, 1, 3]);
  await machine.run(`server edit ${WEB} 10.0.0.11 --weight 4`);
  await machine.run(`check --apply --state ${file}.state ${file}`);
  assert.deepEqual(machine.weights(), [0, 1, 3]);
  await machine.run(`server ready ${WEB} 10.0.0.11`);
  await machine.run(`apply ${file}`);
  assert.deepEqual(machine.weights(), [5, 1, 3]);
});

Deno.test("server weight refuses what is no weight, no time and no service", async () => {
  await using machine = new Machine();
  await machine.run(`server weight ${WEB} 10.0.0.11 -1`, EXIT.usage);
  await machine.run(`server weight ${WEB} 10.0.0.11 1 --ttl 0s`, EXIT.usage);
  await machine.run("server maint every 10.0.0.11", EXIT.usage);
});

Deno.test("check --apply goes on where what operators said cannot be read, and plan does not", async () => {
  await using machine = new Machine();
  const file = machine.file();
  await machine.run(`server weight ${WEB} 10.0.0.11 9`);
  machine.spoilOverrides();
  assert.match(await machine.run(`plan ${file}`, EXIT.refused), /is not a file of overrides/);
  assert.match(
    await machine.run(`check --apply --state ${file}.state ${file}`),
    /warning: .*no override is active/,
  );
  assert.deepEqual(machine.weights(), [5, 1, 3]);
  await machine.run(`server weight ${WEB} 10.0.0.11 8`);
  assert.deepEqual(machine.weights(), [8, 1, 3]);
});

Deno.test("server overrides prints a reason with control characters on its one line", async () => {
  await using machine = new Machine();
  await machine.run(`server maint ${WEB} 10.0.0.11 --reason \x1b[2J\nroot:\x9b31m`);
  const printed = await machine.run("server overrides");
  assert.ok(printed.includes("\\u001b[2J\\nroot:\\u009b31m\n"), printed);
  const [override] = JSON.parse(await machine.run("server overrides --json")).overrides;
  assert.equal(override.reason, "\\u001b[2J\\nroot:\\u009b31m");
});

Deno.test("server weight, maint and ready report as changed what they change, and an equal override as nothing", async () => {
  await using machine = new Machine();
  // The override of one service counts more than that of all.
  for (const line of [`server weight ${WEB} 10.0.0.11 9`, "server maint all 10.0.0.11"]) {
    assert.deepEqual(await machine.changed(`${line} --dry-run`), [false, "editServer"]);
    assert.deepEqual(await machine.changed(line), [true, "editServer"]);
    assert.deepEqual(await machine.changed(line), [false]);
    assert.deepEqual(await machine.changed(`${line} --reason upgrade`), [true]);
  }
  // No service has the server now: the override is stored all the same.
  assert.deepEqual(await machine.changed("server maint all 10.0.0.99"), [true]);
  assert.deepEqual(await machine.changed("server maint all 10.0.0.99"), [false]);
  assert.deepEqual(await machine.changed("server ready all 10.0.0.99"), [true]);
});

Deno.test("server weight reports the changes that a daemon makes for it", async () => {
  await using machine = new Machine();
  await using _daemon = machine.startDaemon();
  const { changed, changes } = JSON.parse(await machine.run(`server weight ${WEB} 10.0.0.11 9 --json`));
  assert.equal(changed, true);
  assert.deepEqual(changes[0].differences, [{ path: `${WEB}/10.0.0.11:80/weight`, current: 5, wanted: 9 }]);
  assert.deepEqual(machine.weights(), [5, 1, 3], "the daemon of this test leaves the kernel as it is");
});
