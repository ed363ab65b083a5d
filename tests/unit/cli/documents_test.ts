import assert from "node:assert/strict";
import { daemonCommands } from "../../../cli/daemon/control.ts";
import { daemonFiles } from "../../../cli/daemon/files.ts";
import type { CommandUnknownOpts } from "../../../cli/options/commander.ts";
import { buildFullProgram } from "../../../cli/program.ts";
import { OUTPUT_FLAGS } from "../../../cli/options/display_options.ts";
import { ControlServer } from "../../../core/control/mod.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../support/command_line.ts";
import { testContext } from "../../support/context.ts";
import { EtcdGateway } from "../../support/etcd_gateway.ts";
import { systemSurroundings } from "../../../cli/context/surroundings.ts";
import { DocumentSchemas } from "../../support/document_schemas.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { valueOfFile } from "../../support/json_schema.ts";
import { memoryKernel } from "../../support/kernel_state.ts";
import type { MemoryKernel } from "../../support/memory_kernel.ts";
import { MemoryRealServer } from "../../support/memory_real_server.ts";
import { MemoryRoutes } from "../../support/memory_routes.ts";
import { realServer, serviceEntry, virtualService } from "../../support/samples.ts";
import { statusReport } from "../../support/status_report.ts";
import { routerStatuses } from "../../support/router_status.ts";
import { sourceStatuses } from "../../support/source_status.ts";
import { CAPTURED_LIST } from "../core/connections/captured.ts";
import { FixtureMachine } from "../core/doctor/machine.ts";

const WEB = "tcp://192.0.2.10:80";

const FILE = `version: 1
timeouts: { tcp: 5m }
vips: [{ address: 192.0.2.10/24, device: eth0 }]
services:
  - listen: ${WEB}
    name: web
    scheduler: wlc
    check: { type: tcp, port: 1, timeout: 100ms }
    servers: [{ address: 127.0.0.1:80, weight: 3 }, { address: "10.0.0.12:80", check: none }]
`;

/** The files that lines name by words in capitals. */
const FILES: Readonly<Record<string, string>> = {
  STATE: "",
  BATCH: "service add fwmark:99\nserver add fwmark:99 10.0.0.1\n",
  KEEPALIVED: "virtual_server 192.0.2.10 80 {\n  vrrp nothing\n  real_server 10.0.0.11 80 {\n  }\n}\n",
  LDIRECTORD: "autoreload=yes\nvirtual=192.0.2.10:80\n\treal=10.0.0.11:80 gate\n",
  RULES: "-A -t 192.0.2.10:80 -s rr\n",
  IPVSCTL: "services:\n  - address: tcp://192.0.2.10:80\n    scheduler: rr\n",
};

/** The lines of each command with a document, by its schema, in order: they run on one machine. */
const LINES: readonly (readonly [schema: string, ...lines: readonly string[]])[] = [
  [
    "changes",
    "service add fwmark6:7 --scheduler rr --persistent 5m --ensure",
    "service add fwmark6:7 --scheduler rr --ensure",
    "service add udp://192.0.2.10:53 --one-packet --dry-run",
    `service edit ${WEB} --scheduler mh --scheduler-flags mh-port`,
    `server add ${WEB} 10.0.0.14 --forward tun --tunnel-type gue --tunnel-port 6080`,
    "server add fwmark6:7 [2001:db8::1] --weight 2",
    `server edit ${WEB} 10.0.0.14 --weight 0`,
    `server weight ${WEB} 10.0.0.14 5 --ttl 1h --reason canary`,
    "server maint all 10.0.0.12",
    "server ready all 10.0.0.12 --dry-run",
    `server ready ${WEB} 10.0.0.14`,
    `server delete ${WEB} 10.0.0.14`,
    "service zero fwmark6:7",
    "zero",
    "timeouts --tcp 77s",
    "sync start master -i eth0 --sync-id 3 --group ff02::51",
    "vip add 192.0.2.10/24 --device eth0 --announce-count 0",
    "vip add 192.0.2.10/24 --device eth0 --label eth0:a --ensure --announce-count 0",
    "vip add 2001:db8::10 --device eth0 --announce-count 0",
    "vip delete 2001:db8::10",
    "vip delete 2001:db8::10 --ensure",
  ],
  ["list", "list", `list ${WEB}`, `service show ${WEB}`, "service show fwmark6:7"],
  ["services", "service list"],
  ["servers", `server list ${WEB}`, "server list fwmark6:7"],
  ["vips", "vip list"],
  ["overrides", "server overrides"],
  ["sync", "sync status"],
  ["timeouts", "timeouts"],
  ["explain", `explain 198.51.100.7 ${WEB}`, "explain 198.51.100.7:40000 fwmark:1", "explain 2001:db8::9 fwmark6:7"],
  ["connections", "connections", "connections --state LISTEN"],
  ["connection-count", "connections --count"],
  ["connection-groups", "connections --group-by client", "connections --group-by service --top 1"],
  ["top", "top --count 1"],
  ["check", "check - --state STATE", "check - --verbose", "check - --apply --dry-run --state STATE"],
  [
    "plan",
    "plan -",
    "plan - --rehearse",
    "plan - --prune --drain 0s",
    "apply - --dry-run",
    "apply - --yes --drain 0s",
    "apply - --yes",
    "undo --dry-run",
    "undo --yes",
    "restore - --dry-run",
    "batch BATCH --dry-run",
  ],
  ["drain", "server drain tcp://192.0.2.20:80 10.0.0.21 10.0.0.22 --then keep"],
  ["changes", "server drain tcp://192.0.2.20:80 10.0.0.21 --dry-run", "sync stop master", "service delete fwmark6:7"],
  ["history", "history", "history --since 1h"],
  ["history-entry", "history show ID"],
  ["plan", "restore - --yes"],
  ["history-entry", "history show ID"],
  ["doctor", "doctor", "doctor --verbose", "doctor --fix --dry-run", "doctor --fix"],
  ["changes", "flush --yes", "flush --yes"],
  ["config-check", "config check -", "config check BATCH"],
  ["config-check-files", "config check - -", "config check - BATCH"],
  ["config-diff", "config diff RULES -", "config diff - RULES"],
  [
    "import",
    "import keepalived KEEPALIVED",
    "import ipvsadm RULES",
    "import ldirectord LDIRECTORD",
    "import ipvsctl IPVSCTL",
  ],
  [
    "realserver-changes",
    "realserver setup 192.0.2.10 2001:db8::10 --forward tun --tunnel gue --dry-run",
    "realserver setup 192.0.2.10 --forward dr",
    "realserver setup 192.0.2.10 --forward dr",
  ],
  ["realserver-check", "realserver check", "realserver check 192.0.2.11 --forward dr"],
  ["realserver-changes", "realserver teardown"],
  ["status", "status", "status web", "status --unhealthy"],
  ["vrrp", "vrrp status"],
  ["discovery", "discovery status"],
  ["cluster-status", "cluster status"],
  ["cluster-plans", "cluster push - --dry-run"],
  ["cluster-push", "cluster push -", "cluster push - --replace"],
  ["cluster-status", "cluster status"],
  ["cluster-history", "cluster history"],
  ["cluster-plans", "cluster rollback 1 --dry-run"],
  ["cluster-push", "cluster rollback 1 --yes"],
  ["version", "version"],
];

/** A director that has no version yet. */
const MEMBER = JSON.stringify({
  format: 1,
  name: "one",
  instance: "1",
  labels: ["role=edge"],
  program: "1.2.3",
  number: 0,
  digest: "",
  at: 0,
  health: "1/1 servers healthy",
  error: null,
});

/** A machine with all that a command can show. */
class Machine implements AsyncDisposable {
  readonly #root = Deno.makeTempDirSync();
  readonly #directories = { run: `${this.#root}/run`, state: `${this.#root}/state` };
  readonly #kernel: MemoryKernel = memoryKernel({
    services: [
      {
        service: virtualService(WEB),
        servers: [realServer("10.0.0.12:80"), realServer("10.0.0.11:80", { weight: 0 })],
      },
      serviceEntry("tcp://192.0.2.20:80", "10.0.0.21:80", "10.0.0.22:80"),
    ],
  });
  readonly #routes = new MemoryRoutes();
  readonly #realServer = new MemoryRealServer();
  readonly #host = new FixtureMachine();
  readonly #gateway = new EtcdGateway();
  #daemon: ControlServer | undefined;

  constructor() {
    this.#gateway.etcd.put("/lvs/members/one", MEMBER);
    Deno.mkdirSync(this.#directories.run);
    for (const [name, text] of Object.entries(FILES)) {
      if (text !== "") Deno.writeTextFileSync(`${this.#root}/${name}`, text);
    }
    this.#routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  }

  /** Starts a daemon that answers with a status. */
  startDaemon(): void {
    const unused = (): never => assert.fail("only the status is asked for");
    this.#daemon ??= ControlServer.listen(daemonFiles(this.#directories).socket, {
      commands: daemonCommands({
        report: statusReport,
        names: unused,
        decisions: unused,
        metrics: unused,
        reload: unused,
        readOverrides: unused,
        routers: () => ({
          routers: routerStatuses(),
          groups: [{ name: "site", members: ["edge"], state: undefined }],
          discarded: { vrid: 12 },
        }),
        setReleased: unused,
        sources: sourceStatuses,
        acceptSource: unused,
      }),
      onBug: (error) => assert.fail(String(error)),
    });
  }

  /** Runs a line to its end; time passes whenever it waits. */
  async run(line: string, options: CommandLineOptions = {}): Promise<Printed> {
    const clock = new FakeClock();
    const surroundings = systemSurroundings();
    let printed: Printed | undefined;
    const id = line.includes("ID") ? (await this.run("history -n 1 -o name")).out.trim() : "";
    const words = line.split(" ").map((word) => word in FILES ? `${this.#root}/${word}` : word === "ID" ? id : word);
    const running = lvsctl(words.join(" "), {
      kernel: this.#kernel,
      rehearsal: memoryKernel({}),
      routes: this.#routes,
      realServer: this.#realServer,
      host: this.#host,
      directories: this.#directories,
      connections: CAPTURED_LIST,
      stdin: FILE,
      clock,
      surroundings: {
        ...surroundings,
        variables: (name) => name === "LVSCTL_STORE" ? this.#gateway.address : surroundings.variables(name),
      },
      ...options,
    }).then((result) => printed = result);
    while (printed === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (clock.pending > 0) await clock.advance(2000);
    }
    return await running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
    await this.#gateway[Symbol.asyncDispose]();
    this.#realServer[Symbol.dispose]();
    this.#host[Symbol.dispose]();
    await Deno.remove(this.#root, { recursive: true });
  }
}

/** The commands that have an option, by its long form. */
async function commandsWith(option: string): Promise<readonly string[]> {
  const unused = (): never => assert.fail("nothing runs");
  const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
  const found = (command: CommandUnknownOpts, path: string): string[] => [
    ...(command.options.some(({ long, flags }) => long === option || flags === option) ? [path] : []),
    ...command.commands.flatMap((child) => found(child, `${path} ${child.name()}`.trim())),
  ];
  return found(await buildFullProgram(testContext(io)), "");
}

const schemas = await DocumentSchemas.read();
const WITH_OUTPUT = await commandsWith(OUTPUT_FLAGS);

function isWithin(line: string, commands: readonly string[]): boolean {
  return commands.some((command) => `${line} `.startsWith(`${command} `));
}

Deno.test("every command with --json prints documents of its schema, with every key described and in one order, and --output yaml the same", async () => {
  await using machine = new Machine();
  const problems: string[] = [];
  for (const [schema, ...lines] of LINES) {
    for (const line of lines) {
      if (schema === "status") machine.startDaemon();
      const { out, err } = await machine.run(`${line} --json`);
      const isDocument = out.startsWith('{\n  "version": ') || (schema === "top" && out.startsWith('{"version":'));
      if (!isDocument) problems.push(`${line}: ${out}${err}`);
      if (isDocument) problems.push(...schemas.problems(schema, JSON.parse(out)).map((text) => `${line}: ${text}`));
      if (isWithin(line, WITH_OUTPUT)) {
        const yaml = (await machine.run(`${line} -o yaml`)).out.replace(/^---\n/, "");
        problems.push(...schemas.problems(schema, await valueOfFile(yaml)).map((text) => `${line} -o yaml: ${text}`));
      }
      const last = err.trimEnd().split("\n").at(-1) ?? "";
      if (last.startsWith("{")) {
        problems.push(...schemas.problems("error", JSON.parse(last)).map((text) => `${line}: error: ${text}`));
      }
    }
  }
  assert.deepEqual(problems, []);
});

Deno.test("every command with --json is among those whose documents are compared with a schema", async () => {
  const tried = LINES.flatMap(([, ...lines]) => lines);
  const missing = (await commandsWith("--json")).filter((command) => !tried.some((line) => isWithin(line, [command])));
  assert.deepEqual(missing, []);
});

Deno.test("every schema belongs to a document, and the manual links to it", async () => {
  assert.deepEqual([...new Set([...LINES.map(([schema]) => schema), "error"])].sort(), schemas.names);
  const page = await Deno.readTextFile(new URL("../../../docs/json.md", import.meta.url));
  assert.deepEqual(schemas.names.filter((name) => !page.includes(`(schemas/${name}.schema.json)`)), []);
});

Deno.test("DocumentSchemas.problems() finds a missing key, an unknown one, a wrong type, another order", () => {
  const good = { version: 2, timeouts: { tcp_seconds: 1, tcp_fin_seconds: 2, udp_seconds: 3 } };
  assert.deepEqual(schemas.problems("timeouts", good), []);
  assert.equal(schemas.problems("timeouts", { timeouts: good.timeouts, version: 2 }).length, 1);
  assert.equal(schemas.problems("timeouts", { ...good, more: 1 }).length, 1);
  assert.equal(schemas.problems("timeouts", { ...good, version: 1 }).length, 1);
  assert.equal(
    schemas.problems("timeouts", { version: 2, timeouts: { ...good.timeouts, udp_seconds: "3" } }).length,
    1,
  );
  assert.equal(schemas.problems("timeouts", [good]).length, 1);
  assert.deepEqual(schemas.problems("nothing", good), ["there is no schema nothing"]);
});
