import assert from "node:assert/strict";
import { SYSTEM_HOST } from "../../../../cli/context/host.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { TerminalScreen } from "../../../support/terminal_screen.ts";

const WEB = "tcp://192.0.2.10:80";
const NO_RATES: readonly bigint[] = [0n, 0n, 0n, 0n, 0n];

function kernelOf(...names: readonly string[]): MemoryKernel {
  const servers = [realServer("10.0.0.11:80", { weight: 3 }), realServer("10.0.0.12:80")];
  return memoryKernel({ services: names.map((name) => ({ service: virtualService(name), servers })) });
}

/** Counters of every service and server. */
function count(kernel: MemoryKernel, ...counters: readonly [bigint, bigint, bigint, bigint, bigint]): void {
  kernel.setTraffic([...counters, ...NO_RATES], [2, 1, 4]);
}

type Options = NonNullable<Parameters<typeof lvsctl>[1]>;

/** The command, begun; by then it has read the table once. */
async function begin(
  line: string,
  { clock, ...options }: Options & { readonly clock: FakeClock },
): Promise<Promise<Printed>[]> {
  const running = lvsctl(line, { clock, ...options });
  while (clock.pending === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  return [running];
}

/** The text without the time of day. */
function timeless(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "NOW");
}

Deno.test("top shows the rates of the interval, services and servers, when it has passed", async () => {
  const kernel = kernelOf(WEB);
  count(kernel, 10n, 1000n, 1000n, 1_000_000n, 5_000_000n);
  const clock = new FakeClock();
  const [top] = await begin("top --count 2", { kernel, clock });
  count(kernel, 13n, 1100n, 1090n, 1_050_000n, 7_500_000n);
  await clock.advance(2000);
  await clock.advance(2000);
  const { code, out, err } = await top ?? {};
  assert.deepEqual([code, err], [0, ""]);
  const [first, second] = timeless(out ?? "").split("\n\n");
  assert.equal(
    first,
    `NOW: 1 virtual service, 2 real servers, rates over 2.0s
VIRTUAL SERVICE, SCHEDULER
  -> REAL SERVER            WEIGHT  ACTIVE  INACTIVE  CONNS/S  IN PKTS/S  OUT PKTS/S  IN BYTES/S  OUT BYTES/S
TOTAL                                    4         2      1.5         50          45         25K         1.3M
tcp://192.0.2.10:80  rr                  4         2      1.5         50          45         25K         1.3M
  -> 10.0.0.11:80                3       2         1      1.5         50          45         25K         1.3M
  -> 10.0.0.12:80                1       2         1      1.5         50          45         25K         1.3M`,
  );
  assert.match(second ?? "", /^ {2}-> 10\.0\.0\.12:80 +1 +2 +1 +0 +0 +0 +0 +0$/m);
  assert.equal(clock.pending, 0);
  assert.equal(kernel.openSockets, 0);
});

Deno.test("top --json prints an object in each line, with rates to a thousandth", async () => {
  const kernel = kernelOf("fwmark:7");
  const clock = new FakeClock();
  const [top] = await begin("top fwmark:7 --json --count 1 --interval 3s", { kernel, clock });
  count(kernel, 1n, 2n, 3n, 4n, 5n);
  await clock.advance(3000);
  const { code, out = "" } = await top ?? {};
  assert.equal(code, 0);
  const { time, services: [service], ...others } = JSON.parse(out);
  assert.equal(out.indexOf("\n"), out.length - 1);
  assert.match(time, /^\d{4}-.*Z$/);
  const rates = { connections: 0.333, "in_packets": 0.667, "out_packets": 1, "in_bytes": 1.333, "out_bytes": 1.667 };
  assert.deepEqual(others, {
    version: 2,
    "over_ms": 3000,
    counting: true,
    daemon: false,
    total: { services: 1, servers: 2, "active_connections": 4, "inactive_connections": 2, rates },
  });
  const { servers: [server, ...more], ...ofService } = service;
  assert.equal(more.length, 1);
  assert.deepEqual(ofService, {
    service: "fwmark:7",
    protocol: null,
    address: null,
    port: null,
    fwmark: 7,
    family: "ipv4",
    name: null,
    scheduler: "rr",
    serving: null,
    configured: null,
    "quorum_met": null,
    "active_connections": 4,
    "inactive_connections": 2,
    rates,
  });
  assert.deepEqual(server, {
    server: "10.0.0.11:80",
    address: "10.0.0.11",
    port: 80,
    family: "ipv4",
    forward: "nat",
    weight: 3,
    health: null,
    "active_connections": 2,
    "inactive_connections": 1,
    "persistent_connections": 4,
    rates,
  });
});

Deno.test("top with a short interval has rates of the two seconds in which the kernel counts", async () => {
  const kernel = kernelOf(WEB);
  const clock = new FakeClock();
  const [top] = await begin("top --json --count 4 --interval 500ms", { kernel, clock });
  await clock.advance(1000);
  count(kernel, 8n, 0n, 0n, 0n, 0n);
  await clock.advance(2500);
  const rates = ((await top)?.out ?? "").trim().split("\n").map((line) => {
    const { over_ms: overMs, total } = JSON.parse(line);
    return [overMs, total.rates.connections];
  });
  assert.deepEqual(rates, [[2000, 4], [2000, 4], [2000, 4], [2000, 0]]);
});

Deno.test("top goes on when the table is emptied, made again, and its counters are zeroed", async () => {
  const kernel = kernelOf(WEB, "fwmark:1");
  count(kernel, 1000n, 1000n, 1000n, 1000n, 1000n);
  const clock = new FakeClock();
  const [top] = await begin("top --json --count 4", { kernel, clock });
  assert.equal((await lvsctl("flush --yes", { kernel })).code, 0);
  await clock.advance(2000);
  assert.equal((await lvsctl(`service add ${WEB}`, { kernel })).code, 0);
  count(kernel, 500n, 0n, 0n, 0n, 0n);
  await clock.advance(2000);
  assert.equal((await lvsctl("zero", { kernel })).code, 0);
  count(kernel, 2n, 0n, 0n, 0n, 0n);
  await clock.advance(2000);
  await clock.advance(2000);
  const seen = ((await top)?.out ?? "").trim().split("\n").map((line) => {
    const { total, services } = JSON.parse(line);
    return [total.rates.connections, ...services.map(({ rates }: { readonly rates: unknown }) => rates !== null)];
  });
  assert.deepEqual(seen, [[0], [0, false], [1, true], [0, true]]);
});

Deno.test("top --sort and --limit put the busiest first, and tell how many there are beside", async () => {
  const servers = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"].map((address) => realServer(address));
  const kernel = memoryKernel({
    services: [{ service: virtualService("fwmark:1"), servers: [] }, { service: virtualService("fwmark:2"), servers }],
  });
  kernel.setTraffic(Array<bigint>(10).fill(0n), [1, 0, 0]);
  const clock = new FakeClock();
  const [top] = await begin("top --count 1 --sort connections --limit 1", { kernel, clock });
  await clock.advance(2000);
  const lines = timeless((await top)?.out ?? "").split("\n").map((line) => line.replaceAll(/ +/g, " "));
  assert.deepEqual(lines, [
    "NOW: 2 virtual services, 3 real servers, rates over 2.0s",
    "VIRTUAL SERVICE, SCHEDULER",
    " -> REAL SERVER WEIGHT ACTIVE INACTIVE CONNS/S IN PKTS/S OUT PKTS/S IN BYTES/S OUT BYTES/S",
    "TOTAL 3 0 0 0 0 0 0",
    "fwmark:2 rr 3 0 0 0 0 0 0",
    " -> 10.0.0.1:80 1 1 0 0 0 0 0 0",
    " (2 more)",
    "(1 more virtual service)",
    "",
  ]);
});

Deno.test("top on a terminal shows the table at once and in place, no larger than the terminal, until a signal", async () => {
  const kernel = kernelOf(WEB);
  count(kernel, 1n, 1n, 1n, 1n, 1n);
  const clock = new FakeClock();
  const controller = new AbortController();
  const terminal = { columns: 80, rows: 6 };
  const [top] = await begin("top", { kernel, clock, terminal, interrupted: controller.signal });
  await clock.advance(2000);
  controller.abort();
  const { code, out = "" } = await top ?? {};
  assert.equal(code, 0);
  const views = out.split("\x1b[H").slice(1);
  assert.equal(views.length, 2);
  const screens = views.map((view) => {
    const screen = new TerminalScreen({ columns: 80, rows: 6 });
    screen.write(view.replace("\x1b[?25h\x1b[?1049l", ""));
    assert.deepEqual([screen.wraps, screen.scrolls], [0, 0]);
    return screen.text;
  });
  assert.match(screens[0]?.[3] ?? "", /^TOTAL +4 +2 +- +- /);
  assert.match(screens[1]?.[3] ?? "", /^TOTAL +4 +2 +0 +0 /);
  assert.match(screens[1]?.[5] ?? "", /^1-1 of 3 /);
  assert.ok(out.startsWith("\x1b[?1049h\x1b[?25l"), "the former content is kept");
  assert.ok(out.endsWith("\x1b[?25h\x1b[?1049l"), "the former content is restored");
});

Deno.test("top says so where the kernel's counters stand still", async () => {
  const proc = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${proc}/sys/net/ipv4/vs`, { recursive: true });
    await Deno.writeTextFile(`${proc}/sys/net/ipv4/vs/run_estimation`, "0\n");
    const machine = { ...SYSTEM_HOST, proc };
    const clock = new FakeClock();
    const [top] = await begin("top --count 1", { kernel: memoryKernel({}), clock, host: machine });
    await clock.advance(2000);
    const [head] = ((await top)?.out ?? "").split("\n");
    assert.match(
      head ?? "",
      /, rates over 2\.0s; the kernel does not update its counters: net\.ipv4\.vs\.run_estimation is 0$/,
    );
  } finally {
    await Deno.remove(proc, { recursive: true });
  }
});

Deno.test("top refuses a service that is not there", async () => {
  const { code, out, err } = await lvsctl(`top ${WEB}`, { kernel: memoryKernel({}) });
  assert.deepEqual([code, out], [EXIT.refused, ""]);
  assert.match(err, /^lvsctl: Cannot show tcp:\S+: there is no such virtual service \(ESRCH\)/);
});

for (
  const [line, message] of [
    ["top --interval 0s", `"0s" is too short; use at least 100ms`],
    ["top --count 0", `"0" is not a number from 1 to `],
    ["top --sort size", `"size" is not one of rate, connections, packets, bytes, name`],
    ["top 10.0.0.1:80", "is not a virtual service"],
  ] as const
) {
  Deno.test(`"lvsctl ${line}" is refused without reaching for the kernel`, async () => {
    const { code, err } = await lvsctl(line);
    assert.equal(code, EXIT.usage);
    assert.ok(err.includes(message), err);
  });
}
