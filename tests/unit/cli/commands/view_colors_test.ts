import assert from "node:assert/strict";
import { daemonFiles } from "../../../../cli/daemon/files.ts";
import { ControlServer } from "../../../../core/control/mod.ts";
import { type CommandLineOptions, lvsctl } from "../../../support/command_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const [WEB, MAIL] = ["tcp://192.0.2.10:80", "tcp://192.0.2.10:25"];
const [FIRST, DOWN, DRAINED] = ["10.0.0.11:80", "10.0.0.12:80", "10.0.0.13:80"];

const RED = "31";
const DIM = "2";

/** What a daemon reports: one service serves with a dead server and a drained one, the other is below its quorum. */
const STATUS = {
  version: 2,
  daemon: { pid: 7, version: "1.2.3", file: "web.yaml" },
  services: [
    reported(WEB, {
      isServing: true,
      servers: [[FIRST, "healthy", 1], [DOWN, "unhealthy", null], [DRAINED, "healthy", 0]],
    }),
    reported(MAIL, { isServing: false, servers: [[DOWN, "unhealthy", null]] }),
  ],
  differences: [],
};

function reported(
  service: string,
  { isServing, servers }: {
    readonly isServing: boolean;
    readonly servers: readonly (readonly [server: string, health: string, weight: number | null])[];
  },
): unknown {
  return {
    service,
    name: null,
    serving: isServing ? 1 : 0,
    quorum: { unit: "servers", amount: 1, hysteresis: 0, met: isServing },
    servers: servers.map(([server, health, weight]) => ({
      server,
      health,
      weight,
      since: "2026-01-02T03:04:05Z",
      last: { latency_ms: 1, detail: "status 200" },
    })),
  };
}

/** What a view prints beside that daemon. */
async function view(line: string, options: CommandLineOptions): Promise<string> {
  const root = Deno.makeTempDirSync();
  const directories = { run: `${root}/run`, state: `${root}/state` };
  Deno.mkdirSync(directories.run);
  await using _server = ControlServer.listen(daemonFiles(directories).socket, {
    commands: { status: () => ({ exit_code: 0, status: STATUS }) },
    onBug: (error) => assert.fail(String(error)),
  });
  const clock = new FakeClock();
  const kernel = memoryKernel({
    services: [
      {
        service: virtualService(WEB),
        servers: [realServer(FIRST), realServer(DOWN), realServer(DRAINED, { weight: 0 })],
      },
      { service: virtualService(MAIL), servers: [realServer(DOWN)] },
    ],
  });
  let isDone = false;
  const running = lvsctl(line, { kernel, clock, directories, ...options }).finally(() => isDone = true);
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (clock.pending > 0) await clock.advance(1000);
  }
  const { out, err } = await running;
  assert.equal(err, "");
  await Deno.remove(root, { recursive: true });
  return out;
}

/** The coloured texts of an output, each with its colour. */
function colored(out: string): ReadonlySet<string> {
  // deno-lint-ignore no-control-regex -- the pattern is for control sequences
  const spans = out.matchAll(/\x1b\[(\d+)m([^\x1b]*)\x1b\[0m/g);
  return new Set([...spans].map(([, color, text = ""]) => `${color} ${text.trim()}`));
}

const TERMINAL = { columns: 80, rows: 24 };

Deno.test("status colours what is unhealthy and what lost its quorum red, and dims servers of weight 0", async () => {
  const shown = colored(await view("status", { terminal: TERMINAL, colors: true }));
  assert.ok(shown.has(`${RED} unhealthy`), [...shown].join("\n"));
  assert.ok(shown.has(`${RED} ${MAIL}: 0 of 1 serve, below its quorum of 1`), [...shown].join("\n"));
  assert.ok([...shown].some((text) => text.startsWith(`${DIM} -> ${DRAINED}`)), [...shown].join("\n"));
  assert.ok(![...shown].some((text) => text.includes(FIRST) || text.includes(WEB)), [...shown].join("\n"));
});

Deno.test("top colours what is unhealthy and what lost its quorum red, and dims servers of weight 0", async () => {
  for (const options of [{ terminal: TERMINAL, colors: true }, {}]) {
    const color = "terminal" in options ? "" : " --color always";
    const shown = colored(await view(`top --count 1 --columns active,health${color}`, options));
    assert.ok(shown.has(`${RED} unhealthy`), [...shown].join("\n"));
    assert.ok([...shown].some((text) => text.startsWith(`${RED} 0 of 1`)), [...shown].join("\n"));
    assert.ok([...shown].some((text) => text.startsWith(`${DIM} -> ${DRAINED}`)), [...shown].join("\n"));
    assert.ok(![...shown].some((text) => text.includes(FIRST) || text.includes("1 of 3")), [...shown].join("\n"));
  }
});

Deno.test("status and top have no colours in a pipe, where colours are refused, and where the environment forbids them", async () => {
  for (const command of ["status", "top --count 1 --columns active,health"]) {
    for (
      const [line, options] of [
        [command, { colors: true }],
        [`${command} --color never`, { terminal: TERMINAL, colors: true }],
        [command, { terminal: TERMINAL, colors: false }],
      ] as const
    ) assert.deepEqual([...colored(await view(line, options))].filter((text) => !/^7 /.test(text)), [], line);
  }
});
