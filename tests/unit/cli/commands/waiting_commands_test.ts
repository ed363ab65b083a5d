import assert from "node:assert/strict";
import { EXIT, interruption } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { reasonsOf } from "../../../support/refusal.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { CAPTURED, CAPTURED_LIST } from "../../core/connections/captured.ts";

const WEB = "tcp://192.0.2.10:80";
const NONE = Array<bigint>(10).fill(0n);

function webKernel(): MemoryKernel {
  const servers = [realServer("10.0.0.11:80", { weight: 3 }), realServer("10.0.0.12:80")];
  const kernel = memoryKernel({ services: [{ service: virtualService(WEB), servers }] });
  kernel.setTraffic(NONE, [2, 1, 4]);
  return kernel;
}

async function table(kernel: MemoryKernel): Promise<string> {
  const { out } = await lvsctl(`server list ${WEB}`, { kernel });
  return [...out.matchAll(/-> (\S+) +\w+ +(\d+) /g)].map(([, server, weight]) => `${server} ${weight}`).join(", ");
}

/** A command that runs until the test lets it end. */
function begin(
  line: string,
  options: Parameters<typeof lvsctl>[1],
): { printed(): Promise<Printed>; isDone(): boolean } {
  let done = false;
  const running = lvsctl(line, options).finally(() => done = true);
  return { printed: () => running, isDone: () => done };
}

/** Loading a command takes turns of the event loop that a fake clock does not give. */
async function untilWaiting(clock: FakeClock): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("server drain waits, tells how far it is every ten seconds, deletes, and says so", async () => {
  const kernel = webKernel();
  const clock = new FakeClock();
  const drain = begin(`server drain ${WEB} 10.0.0.11`, { kernel, clock });
  await untilWaiting(clock);
  assert.equal(await table(kernel), "10.0.0.11:80 0, 10.0.0.12:80 1");
  await clock.advance(21_000);
  kernel.setTraffic(NONE, [0, 0, 4]);
  await clock.advance(1000);
  const progress = [5 * 60, 5 * 60 - 10, 5 * 60 - 20].map((left) =>
    `lvsctl: draining 10.0.0.11:80 of ${WEB}: 2 active, 1 inactive; ${left === 300 ? "5m" : `4m${left % 60}s`} left\n`
  );
  assert.deepEqual(await drain.printed(), {
    code: EXIT.ok,
    out: `10.0.0.11:80 of ${WEB}: deleted after 22s with no connection left\n`,
    err: progress.join(""),
  });
  assert.equal(await table(kernel), "10.0.0.12:80 1");
});

/** The report of connections that a drain cut. */
function cut(connections: string): string {
  return `lvsctl: ${connections} cut: the kernel drops the packets of their clients as long as they send any; with the ` +
    "sysctl net.ipv4.vs.expire_nodest_conn=1 they would go to another server; a longer --timeout or " +
    "--on-timeout keep avoids it\n";
}

/** Options at the deadline: the status, the server's fate, standard error, the servers afterwards. */
const DEADLINES: readonly (readonly [string, number, string, string, string])[] = [
  ["", EXIT.partial, "deleted", cut("3 connections"), "10.0.0.12:80 1"],
  ["--on-timeout delete", EXIT.partial, "deleted", cut("3 connections"), "10.0.0.12:80 1"],
  ["--then keep", EXIT.partial, "kept", "", "10.0.0.11:80 0, 10.0.0.12:80 1"],
  ["--on-timeout keep", EXIT.partial, "kept", "", "10.0.0.11:80 0, 10.0.0.12:80 1"],
  [
    "--on-timeout fail",
    EXIT.refused,
    "quiesced",
    `lvsctl: Cannot drain the servers of ${WEB}: 10.0.0.11:80 still has 3 connections after 2s; still at weight 0: ` +
    `10.0.0.11:80; "lvsctl server edit ${WEB} SERVER --weight N" sets a weight\n`,
    "10.0.0.11:80 0, 10.0.0.12:80 1",
  ],
  [
    "--on-timeout fail --restore",
    EXIT.refused,
    "restored",
    `lvsctl: Cannot drain the servers of ${WEB}: 10.0.0.11:80 still has 3 connections after 2s\n`,
    "10.0.0.11:80 3, 10.0.0.12:80 1",
  ],
];

Deno.test("server drain at its deadline does what --on-timeout says, and its status says that connections were left", async () => {
  for (const [options, code, fate, err, left] of DEADLINES) {
    const kernel = webKernel();
    const clock = new FakeClock();
    const drain = begin(`server drain ${WEB} 10.0.0.11 ${options} --timeout 2s -q --json`.replace("  ", " "), {
      kernel,
      clock,
      connections: `${CAPTURED.titles}\n`,
    });
    await untilWaiting(clock);
    await clock.advance(2000);
    const { out, err: told, ...status } = await drain.printed();
    assert.deepEqual(status, { code }, options);
    assert.equal(told.startsWith("{") ? `lvsctl: ${JSON.parse(told).error.message}\n` : told, err, options);
    const { changes, ...document } = JSON.parse(out);
    assert.deepEqual(
      changes.map(({ operation }: { readonly operation: string }) => operation),
      fate === "restored" ? [] : [fate === "deleted" ? "deleteServer" : "editServer"],
    );
    assert.deepEqual(document, {
      version: 2,
      "dry_run": false,
      changed: fate !== "restored",
      service: WEB,
      protocol: "tcp",
      address: "192.0.2.10",
      port: 80,
      fwmark: null,
      family: "ipv4",
      interrupted: false,
      "timed_out": true,
      servers: [{
        server: "10.0.0.11:80",
        address: "10.0.0.11",
        port: 80,
        family: "ipv4",
        fate,
        connections: 3,
        "former_weight": 3,
        "elapsed_ms": 2000,
      }],
    });
    assert.equal(await table(kernel), left);
  }
});

Deno.test("server drain that a signal cancels ends with its status and names the servers at weight 0, or restores the weight", async () => {
  for (
    const [option, out, hint, left] of [
      [
        "",
        "stays at weight 0 with 3 connections; its weight was 3",
        `; still at weight 0: 10.0.0.11:80; "lvsctl server edit ${WEB} SERVER --weight N" sets a weight`,
        "10.0.0.11:80 0, 10.0.0.12:80 1",
      ],
      [" --restore", "restored to its weight 3", "", "10.0.0.11:80 3, 10.0.0.12:80 1"],
    ] as const
  ) {
    const kernel = webKernel();
    const clock = new FakeClock();
    const controller = new AbortController();
    const drain = begin(`server drain ${WEB} 10.0.0.11${option}`, { kernel, clock, interrupted: controller.signal });
    await untilWaiting(clock);
    controller.abort(interruption("SIGTERM"));
    const printed = await drain.printed();
    assert.deepEqual([printed.code, printed.out], [EXIT.terminated, `10.0.0.11:80 of ${WEB}: ${out}\n`]);
    const [, last] = printed.err.split("\n");
    assert.equal(last, `lvsctl: Cannot drain the servers of ${WEB}: a signal interrupted it${hint}`);
    assert.equal(await table(kernel), left);
  }
});

Deno.test("server drain keeps one line up to date on a terminal, and takes it away", async () => {
  const kernel = webKernel();
  const clock = new FakeClock();
  const drain = begin(`server drain ${WEB} 10.0.0.11 10.0.0.12 --persistent --timeout 1s`, {
    kernel,
    clock,
    terminal: { columns: 80, rows: 24 },
    connections: `${CAPTURED.titles}\n`,
  });
  await untilWaiting(clock);
  await clock.advance(1000);
  const clear = "\r\x1b[K";
  assert.equal(
    (await drain.printed()).err,
    `lvsctl: warning: ${WEB}: every server has weight 0: no server gets new connections [weights-zero]\n` +
      `${clear}4 active, 2 inactive, 8 persistent; 1s left: draining 2 servers of tcp://192...${clear}${
        cut("14 connections")
      }`,
  );
});

Deno.test("server drain reports the longest names within the width of the terminal, and whole in a pipe", async () => {
  const service = "tcp://[2001:db8:1234:5678:9abc:def0:1234:5678]:65535";
  const server = "[fd00:1234:5678:9abc:def0:1234:5678:1]:65535";
  const report = async (terminal?: { readonly columns: number; readonly rows: number }): Promise<string> => {
    const kernel = memoryKernel({
      services: [{
        service: virtualService(service),
        servers: [realServer(server), realServer(server.replace(":1]", ":2]"))],
      }],
    });
    return (await lvsctl(`server drain ${service} ${server}`, { kernel, ...terminal && { terminal } })).out;
  };
  const whole = `${server} of ${service}: deleted after 0s with no connection left\n`;
  assert.equal(await report(), whole);
  const shown = await report({ columns: 80, rows: 24 });
  assert.ok(shown.split("\n").every(({ length }) => length <= 80), shown);
  assert.equal(shown.replaceAll(/\n {4}/g, " "), whole);
});

Deno.test("server drain --quiet shows neither the line nor what it did, on a terminal and without one", async () => {
  for (const terminal of [{ columns: 80, rows: 24 }, undefined]) {
    const clock = new FakeClock();
    const line = `server drain ${WEB} 10.0.0.11 --timeout 1s --on-timeout keep --quiet`;
    const drain = begin(line, {
      kernel: webKernel(),
      clock,
      connections: `${CAPTURED.titles}\n`,
      ...terminal && { terminal },
    });
    await untilWaiting(clock);
    await clock.advance(1000);
    assert.deepEqual(await drain.printed(), { code: EXIT.partial, out: "", err: "" });
  }
});

/** Connections of WEB on its first server, in these states. */
function listOf(...states: readonly string[]): string {
  const rows = states.map((state) => `TCP 0A000064 94CA C000020A 0050 0A00000B 0050 ${state.padEnd(12)}     100`);
  return [CAPTURED.titles, ...rows, ""].join("\n");
}

Deno.test("server drain does not wait for connections that both ends have closed, and says how many those are", async () => {
  const kernel = webKernel();
  kernel.setTraffic(NONE, [0, 3, 4]);
  const clock = new FakeClock();
  const drain = begin(`server drain ${WEB} 10.0.0.11`, {
    kernel,
    clock,
    connections: listOf("TIME_WAIT", "CLOSE", "FIN_WAIT"),
  });
  await untilWaiting(clock);
  kernel.setTraffic(NONE, [0, 2, 4]);
  await clock.advance(1000);
  kernel.setTraffic(NONE, [0, 0, 4]);
  await clock.advance(1000);
  assert.deepEqual(await drain.printed(), {
    code: EXIT.ok,
    out: `10.0.0.11:80 of ${WEB}: deleted after 2s with no connection left\n`,
    err: `lvsctl: draining 10.0.0.11:80 of ${WEB}: 0 active, 3 inactive (2 of them closed, ignored); 5m left\n`,
  });
  const closed = webKernel();
  closed.setTraffic(NONE, [0, 2, 4]);
  assert.deepEqual(
    await lvsctl(`server drain ${WEB} 10.0.0.11`, { kernel: closed, connections: listOf("TIME_WAIT", "CLOSE") }),
    { code: EXIT.ok, out: `10.0.0.11:80 of ${WEB}: deleted after 0s with no connection left\n`, err: "" },
  );
});

Deno.test("server drain waits for every connection where the kernel does not list them, and says so once", async () => {
  const kernel = webKernel();
  kernel.setTraffic(NONE, [0, 1, 4]);
  const clock = new FakeClock();
  const drain = begin(`server drain ${WEB} 10.0.0.11 --timeout 3s`, { kernel, clock, connections: "" });
  await untilWaiting(clock);
  await clock.advance(3000);
  assert.deepEqual(await drain.printed(), {
    code: EXIT.partial,
    out: `10.0.0.11:80 of ${WEB}: deleted after 3s with 1 connection left\n`,
    err: "lvsctl: Cannot read /proc/net/ip_vs_conn: it is empty; closed connections count as open\n" +
      `lvsctl: draining 10.0.0.11:80 of ${WEB}: 0 active, 1 inactive; 3s left\n${cut("1 connection")}`,
  });
});

Deno.test("server drain --dry-run prints the changes and makes none; names of what is missing come before any", async () => {
  const kernel = webKernel();
  assert.deepEqual(await lvsctl(`server drain ${WEB} 10.0.0.11 10.0.0.11:80 --dry-run`, { kernel }), {
    code: 0,
    out: `~ edit real server 10.0.0.11:80 of ${WEB}: nat, weight 0\n- delete real server 10.0.0.11:80 of ${WEB}\n`,
    err: "",
  });
  const missing = await lvsctl(`server drain ${WEB} 10.0.0.11 10.0.0.99`, { kernel });
  assert.equal(missing.code, EXIT.refused);
  assert.match(missing.err, /^lvsctl: Cannot drain real server 10\.0\.0\.99:80 of tcp:\S+: .* \(ENOENT\); .*\n$/);
  const noService = await lvsctl("server drain fwmark:1 10.0.0.11", { kernel });
  assert.match(noService.err, /^lvsctl: Cannot drain real server 10\.0\.0\.11:0 of fwmark:1: .* \(ESRCH\)/);
  assert.equal(await table(kernel), "10.0.0.11:80 3, 10.0.0.12:80 1");
});

Deno.test("connections aligns its columns, and widens them where a cell is wider", async () => {
  const lines = [CAPTURED.titles, CAPTURED.tcp, CAPTURED.ipv6, CAPTURED.mark, CAPTURED.engine, CAPTURED.udp];
  const { out, err } = await lvsctl("connections", { connections: lines.map((line) => `${line}\n`).join("") });
  assert.equal(err, "");
  assert.equal(
    out,
    `PROTOCOL  STATE        EXPIRES  CLIENT                 VIRTUAL SERVICE        REAL SERVER
tcp       ESTABLISHED    15:00  10.0.0.100:38090       10.0.0.100:81          10.1.0.11:8080
tcp       ESTABLISHED    15:00  [fd00::100]:41254      [fd00::100]:80         [fd00:1::11]:8080
ip        NONE           05:00  10.0.0.100:0           fwmark:7               10.1.0.11:0
udp       NONE           05:00  10.0.0.100:0           10.0.0.100:5060        10.1.0.11:5060         sip a84b4c76e66710@pc33.example.com
udp       UDP            05:00  10.0.0.100:38419       10.0.0.100:53          10.1.0.11:53
`,
  );
  const wide = CAPTURED.ipv6.replaceAll("0000", "1111");
  const widened = await lvsctl("connections", {
    connections: [CAPTURED.titles, wide, CAPTURED.tcp, ""].join("\n"),
  });
  const [, first = "", second = ""] = widened.out.split("\n");
  assert.equal(second.indexOf("10.0.0.100:81"), first.indexOf("[fd00:1111", first.indexOf("[fd00:1111") + 1));
});

Deno.test("connections does not let a client steer the terminal", async () => {
  const line = `${CAPTURED.engine}\x1b[2J\u009b31m\u202e`;
  const { out } = await lvsctl("connections", { connections: `${CAPTURED.titles}\n${line}\n` });
  assert.match(out, /example\.com\\u001b\[2J\\u009b31m\\u202e\n$/);
});

Deno.test("connections --json has a line for each connection", async () => {
  const { out } = await lvsctl("connections --json --templates --protocol udp", { connections: CAPTURED_LIST });
  assert.deepEqual(JSON.parse(out), {
    version: 2,
    connections: [{
      protocol: "udp",
      state: "NONE",
      "expires_seconds": 300,
      service: "udp://10.0.0.100:5060",
      client: "10.0.0.100:0",
      "client_address": "10.0.0.100",
      "client_port": 0,
      virtual: "10.0.0.100:5060",
      "virtual_address": "10.0.0.100",
      "virtual_port": 5060,
      server: "10.1.0.11:5060",
      "server_address": "10.1.0.11",
      "server_port": 5060,
      template: true,
      engine: { name: "sip", data: "a84b4c76e66710@pc33.example.com" },
    }],
  });
  const all = await lvsctl("connections --json", { connections: CAPTURED_LIST });
  assert.equal(JSON.parse(all.out).connections.length, 11);
  assert.equal(all.out.split("\n").length, 11 + 6);
  assert.equal(
    all.out,
    `${JSON.stringify(JSON.parse(all.out), null, 2).replace(/\{\n {6}[^]*?\n {4}\}/g, onOneLine)}\n`,
  );
  const none = await lvsctl("connections --json --state LISTEN", { connections: CAPTURED_LIST });
  assert.equal(none.out, '{\n  "version": 2,\n  "connections": []\n}\n');
});

function onOneLine(object: string): string {
  return JSON.stringify(JSON.parse(object));
}

const COUNTED: readonly (readonly [string, string])[] = [
  ["--count --exact", "11\n"],
  ["--count --no-templates --exact", "5\n"],
  ["--count --templates --exact", "6\n"],
  ["--count --state established", "2\n"],
  ["--count --service tcp://10.0.0.100:80", "1\n"],
  ["--count --service fwmark6:7", "1\n"],
  ["--count --server 10.1.0.11 --exact", "6\n"],
  ["--count --server 10.1.0.11:8080 --exact", "2\n"],
  ["--count --client fd00::/16", "4\n"],
  ["--count --client 10.0.0.100 --protocol udp", "2\n"],
  [
    "--count --exact --json",
    `${JSON.stringify({ version: 2, count: { connections: 5, templates: 6 }, source: "list" }, null, 2)}\n`,
  ],
  [
    "--group-by client",
    "CLIENT      CONNECTIONS  TEMPLATES\n10.0.0.100            3          4\nfd00::100             2          2\n",
  ],
  ["--group-by state --top 1", "STATE        CONNECTIONS  TEMPLATES\nESTABLISHED            2          0\n"],
  [
    "--group-by server --top 1 --no-templates --exact --json",
    `${
      JSON.stringify(
        {
          version: 2,
          "group_by": "server",
          groups: [{ name: "10.1.0.11:53", connections: 1, templates: 0 }],
          source: "list",
        },
        null,
        2,
      )
    }\n`,
  ],
];

for (const [options, expected] of COUNTED) {
  Deno.test(`"lvsctl connections ${options}" counts what the kernel listed`, async () => {
    assert.deepEqual(await lvsctl(`connections ${options}`, { connections: CAPTURED_LIST }), {
      code: 0,
      out: expected,
      err: "",
    });
  });
}

/** Two services, of which the second has one of the first one's servers: each server has 2 + 3 connections, 4 templates. */
function countedKernel(): MemoryKernel {
  const [first, second] = [realServer("10.0.0.11:80"), realServer("10.0.0.12:80")];
  const kernel = memoryKernel({
    services: [
      { service: virtualService(WEB), servers: [first, second] },
      { service: virtualService("fwmark:7"), servers: [first] },
    ],
  });
  kernel.setTraffic(Array<bigint>(10).fill(0n), [2, 3, 4]);
  return kernel;
}

const COUNTERS: readonly (readonly [string, string])[] = [
  ["--count", "27\n"],
  ["--count --no-templates", "15\n"],
  ["--count --templates", "12\n"],
  ["--count --server 10.0.0.11", "18\n"],
  ["--count --server 10.0.0.12:80", "9\n"],
  ["--count --server 10.0.0.12:81", "0\n"],
  [
    "--group-by server",
    "SERVER        CONNECTIONS  TEMPLATES\n10.0.0.11:80           10          8\n10.0.0.12:80            5          4\n",
  ],
  ["--group-by server --server 10.0.0.99", "No connections\n"],
  [
    "--count --json",
    `${JSON.stringify({ version: 2, count: { connections: 15, templates: 12 }, source: "counters" }, null, 2)}\n`,
  ],
];

for (const [options, expected] of COUNTERS) {
  Deno.test(`"lvsctl connections ${options}" adds up the servers' counters, and opens no list`, async () => {
    const printed = await lvsctl(`connections ${options}`, { kernel: countedKernel() });
    assert.deepEqual(printed, { code: 0, out: expected, err: "" });
  });
}

for (
  const options of ["--count --state established", "--count --protocol tcp", "--group-by state", "--count --exact"]
) {
  Deno.test(`"lvsctl connections ${options}" needs the list`, async () => {
    const both = { kernel: countedKernel(), connections: CAPTURED_LIST };
    const { code, out } = await lvsctl(`connections ${options} --json`, both);
    assert.deepEqual([code, JSON.parse(out).source], [0, "list"]);
  });
}

Deno.test("connections --count counts the list where the table cannot be read", async () => {
  const kernel = countedKernel();
  kernel.faults.isPermitted = false;
  const { code, out } = await lvsctl("connections --count --json", { kernel, connections: CAPTURED_LIST });
  assert.deepEqual([code, JSON.parse(out).source], [0, "list"]);
});

Deno.test("connections --exact without a number to count is refused", async () => {
  const { code, err } = await lvsctl("connections --exact", { connections: CAPTURED_LIST });
  assert.deepEqual([code, err], [EXIT.usage, "lvsctl: --exact needs --count or --group-by\n"]);
});

Deno.test("connections names the line that it cannot read", async () => {
  const { code, err } = await lvsctl("connections --count --exact", {
    connections: `${CAPTURED.titles}\n${CAPTURED.tcp} x y\nno\n`,
  });
  assert.equal(code, EXIT.refused);
  assert.match(
    err,
    /^lvsctl: Cannot read \/proc\/net\/ip_vs_conn: line 3 is not a connection: "no"; please report .*\n$/,
  );
});

Deno.test("connections --watch shows it again and again until it is interrupted", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  let shown = 0;
  const watch = begin("connections --count --exact --watch 500ms", {
    connections: CAPTURED_LIST,
    clock,
    interrupted: controller.signal,
    onOutput: (text) => shown += text === "11\n" ? 1 : 0,
  });
  await untilWaiting(clock);
  assert.equal(shown, 1);
  await clock.advance(1000);
  assert.equal(shown, 3);
  controller.abort();
  await settle();
  assert.deepEqual(await watch.printed(), { code: 0, out: "11\n\n11\n\n11\n", err: "" });
  assert.equal(clock.pending, 0);
});

Deno.test("sync start, status and stop", async () => {
  const kernel = memoryKernel({});
  assert.equal((await lvsctl("sync status", { kernel })).out, "No sync daemon runs\n");
  assert.equal((await lvsctl("sync status --json", { kernel })).out, '{\n  "version": 2,\n  "sync_daemons": []\n}\n');
  const settings = "--interface eth0 --sync-id 7 --group ff02::51 --port 9000 --ttl 3 --max-length 1400";
  assert.deepEqual(await lvsctl(`sync start master ${settings} --dry-run`, { kernel }), {
    code: 0,
    out: "+ start sync daemon master on eth0: sync id 7, max length 1400, group ff02::51, port 9000, ttl 3\n",
    err: "",
  });
  for (const line of [`sync start master ${settings}`, "sync start backup -i eth0 --sync-id 0"]) {
    assert.deepEqual(await lvsctl(line, { kernel }), { code: 0, out: "", err: "" });
  }
  assert.equal(
    (await lvsctl("sync status", { kernel })).out,
    `ROLE    INTERFACE  SYNC ID  GROUP       PORT  TTL  MAX LENGTH
master  eth0             7  ff02::51    9000    3        1400
backup  eth0             0  224.0.0.81  8848    1        1472
`,
  );
  const { out } = await lvsctl("sync status --json", { kernel });
  assert.deepEqual(JSON.parse(out)["sync_daemons"][0], {
    role: "master",
    interface: "eth0",
    "sync_id": 7,
    "max_length": 1400,
    group: "ff02::51",
    port: 9000,
    ttl: 3,
  });
  assert.equal((await lvsctl("sync stop master", { kernel })).code, 0);
  assert.match((await lvsctl("sync status", { kernel })).out, /^ROLE.*\nbackup .*\n$/);
});

Deno.test("sync --dry-run predicts what the kernel would refuse", async () => {
  const kernel = memoryKernel({ syncDaemons: [{ role: "backup", interface: "eth0", syncId: 1 }] });
  for (const line of ["sync start backup -i eth0 --sync-id 1", "sync stop master"]) {
    const rehearsed = await lvsctl(`${line} --dry-run`, { kernel });
    const made = await lvsctl(line, { kernel });
    assert.deepEqual([rehearsed.code, rehearsed.err], [EXIT.refused, made.err], line);
  }
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["sync start -i eth0 --sync-id 1", "missing required argument 'role'"],
  ["sync start slave -i eth0 --sync-id 1", `"slave" is not one of master, backup`],
  ["sync start master --sync-id 1", "required option '-i, --interface <name>' not specified"],
  ["sync start master -i eth0", "required option '--sync-id <number>' not specified"],
  ["sync start master -i eth0 --sync-id 256", `"256" is not a number from 0 to 255`],
  ["sync start master -i a/b --sync-id 1", `"a/b" is not the name of a network interface`],
  ["sync start master -i sixteen-letters-x --sync-id 1", "is not the name of a network interface"],
  ["sync start master -i eth0 --sync-id 1 --group 10.0.0.1", `"10.0.0.1" is not a multicast address`],
  ["sync start master -i eth0 --sync-id 1 --group fe80::1", `"fe80::1" is not a multicast address`],
  ["sync start master -i eth0 --sync-id 1 --ttl 0", `"0" is not a number from 1 to 255`],
  ["sync start master -i eth0 --sync-id 1 --port 0", `"0" is not a port from 1 to 65535`],
  [`server drain ${WEB}`, "missing required argument 'server'"],
  [`server drain ${WEB} 10.0.0.11 --interval 0s`, `"0s" is too short; use at least 100ms`],
  [`server drain ${WEB} 10.0.0.11 --timeout 5`, `"5" is not a duration; add a unit, as in 5s`],
  [`server drain ${WEB} 10.0.0.11 --then stop`, `"stop" is not one of delete, keep`],
  ["connections --state open", `"open" is not a state; use ESTABLISHED, `],
  ["connections --protocol icmp", `"icmp" is not one of tcp, udp, sctp`],
  ["connections --client 10.0.0.0/33", `"33" is not a prefix length; it is a number from 0 to 32`],
  ["connections --server 2001:db8::1", "is ambiguous: an IPv6 address goes in brackets"],
  ["connections --service 10.0.0.1:80", `"10.0.0.1:80" is not a virtual service`],
  ["connections --top 5", "--top needs --group-by"],
  ["connections --count --group-by state", "--count and --group-by exclude each other; use one of them"],
  ["connections --watch 5", `"5" is not a duration; add a unit, as in 5s`],
];

for (const [line, message] of REFUSED) {
  Deno.test(`"lvsctl ${line}" is refused with its reason in one line, without reaching for the kernel`, async () => {
    const { code, out, err } = await lvsctl(line);
    assert.deepEqual([code, out], [EXIT.usage, ""]);
    assert.match(err, /^lvsctl: /);
    assert.equal(reasonsOf(err).length, 1, err);
    assert.ok(err.includes(message), err);
  });
}
