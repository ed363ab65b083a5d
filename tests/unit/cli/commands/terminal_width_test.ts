import assert from "node:assert/strict";
import { formatRate } from "../../../../cli/format/rate.ts";
import { formatTable } from "../../../../cli/format/table.ts";
import { plainText } from "../../../../cli/terminal/line.ts";
import { textWidth } from "../../../../cli/terminal/text_width.ts";
import type { ListedService } from "../../../../core/model/mod.ts";
import { type CommandLineOptions, lvsctl } from "../../../support/command_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { TerminalScreen } from "../../../support/terminal_screen.ts";
import { CAPTURED } from "../../core/connections/captured.ts";

const TERMINAL = { columns: 80, rows: 24 };
const BILLION = 1_000_000_000n;

const ADDRESSES = {
  IPv4: {
    service: (index: number) => `tcp://192.168.${100 + index % 150}.${index % 250}:${10_000 + index}`,
    servers: (index: number) => [`172.16.100.${index % 250}:${20_000 + index}`, `172.16.200.${index % 250}:65535`],
    netmask: 0xffffff00,
  },
  IPv6: {
    service: (index: number) => `tcp://[2001:db8:1234:5678:9abc:def0:1234:${(4096 + index).toString(16)}]:65535`,
    servers: (index: number) => [
      `[fd00:1234:5678:9abc:def0:1234:5678:${(4096 + index).toString(16)}]:65535`,
      `[fd00::${index + 1}]:80`,
    ],
    netmask: 64,
  },
} as const;

type Family = keyof typeof ADDRESSES;

/** A table with the longest lines that there are: flags, persistence, tunnels, large counters. */
function kernelOf(family: Family, count: number): MemoryKernel {
  const { service, servers, netmask } = ADDRESSES[family];
  const kernel = memoryKernel({
    services: Array.from({ length: count }, (_, index) => ({
      service: virtualService(service(index), {
        scheduler: "mh",
        schedulerFlags: 0x18,
        persistence: { timeoutSeconds: 86_340, netmask },
      }),
      servers: servers(index).map((address, place) =>
        realServer(address, {
          weight: place * 65_535,
          forward: "tun",
          tunnel: { type: "gue", port: 6080, checksum: "remcsum" },
          upperThreshold: 4_000_000_000,
        })
      ),
    })),
  });
  const traffic = Array.from({ length: 10 }, (_, index) => BILLION * BigInt(987_654 + index));
  kernel.setTraffic(traffic, [1_234_567, 7_654_321, 4_000_000]);
  return kernel;
}

/** The output without colours. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- the pattern is for control sequences
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "");
}

/** Asserts that no line is wrapped by a terminal of 80 columns, and returns the lines. */
function assertFits(text: string): readonly string[] {
  const lines = plain(text).split("\n");
  for (const line of lines) assert.ok(textWidth(line) <= TERMINAL.columns, `${textWidth(line)} columns: ${line}`);
  return lines;
}

const LISTS = [
  "list",
  "list --stats",
  "list --rate",
  "list --thresholds",
  "list --persistent-conn",
  "service list",
  "vip list",
  "flush --dry-run",
];

for (const family of ["IPv4", "IPv6"] as const) {
  for (const count of [3, 300]) {
    Deno.test(`every list of ${count} ${family} services fits 80 columns, and with colours too`, async () => {
      const kernel = kernelOf(family, count);
      const first = ADDRESSES[family].service(0);
      const one = [`service show ${first}`, `server list ${first}`];
      for (const line of [...LISTS, ...one]) {
        const { code, out, err } = await lvsctl(line, { kernel, terminal: TERMINAL, colors: true });
        assert.deepEqual([code, err], [0, ""], line);
        assert.ok(assertFits(out).length > 1, line);
      }
    });
  }
}

Deno.test("lists of 3,000 services fit 80 columns in every view", () => {
  const traffic = { connections: 10n ** 12n, inPackets: 1n, outPackets: 2n, inBytes: 10n ** 18n, outBytes: 3n };
  const statistics = { counters: traffic, rates: traffic };
  const counts = { activeConnections: 1_234_567, inactiveConnections: 7, persistentConnections: 0, statistics };
  const entries = Array.from({ length: 3000 }, (_, index): ListedService => {
    const { service, servers } = ADDRESSES[index % 2 === 0 ? "IPv4" : "IPv6"];
    return {
      service: virtualService(service(index)),
      servers: servers(index).map((address) => ({ ...realServer(address), ...counts })),
      statistics,
    };
  });
  for (const view of ["connections", "stats", "rate", "thresholds", "persistent"] as const) {
    const lines = formatTable(entries, { view, width: TERMINAL.columns });
    assert.equal(lines.length, 2 + 3000 * 3);
    for (const line of lines) assert.ok(textWidth(plainText(line)) <= TERMINAL.columns);
  }
});

Deno.test("numbers of a list are whole on a terminal of 80 columns, IPv4 names too", async () => {
  const kernel = kernelOf("IPv4", 3);
  const { out } = await lvsctl("list --stats", { kernel, terminal: TERMINAL });
  assert.match(out, /^ {2}-> 172\.16\.100\.0:20000 +988T +988T +988T +988T +988T$/m);
  const { out: connections } = await lvsctl("list", { kernel, terminal: TERMINAL });
  assert.match(connections, /^ {2}-> 172\.16\.200\.0:65535 +tun gue:6080 remcsum +65535 +1234567 +7654321$/m);
});

Deno.test("--wide and a pipe cut nothing", async () => {
  const kernel = kernelOf("IPv6", 3);
  for (const line of LISTS.filter((list) => list !== "flush --dry-run")) {
    const { out: piped } = await lvsctl(line, { kernel });
    const { out: wide } = await lvsctl(`${line} --wide`, { kernel, terminal: TERMINAL });
    assert.equal(wide, piped, line);
    assert.ok(piped.includes("2001:db8:1234:5678:9abc:def0:1234:1000"), line);
    assert.ok(!piped.includes(".."), line);
  }
});

Deno.test("weight 0 is dim on a terminal, unless colours are refused; a pipe has colours only with --color=always", async () => {
  const kernel = kernelOf("IPv4", 1);
  // deno-lint-ignore no-control-regex -- the pattern is for a control sequence
  const dim = /^\x1b\[2m {2}-> 172\.16\.100\.0:20000/m;
  const run = async (line: string, options: CommandLineOptions): Promise<string> =>
    (await lvsctl(line, { kernel, ...options })).out;
  assert.match(await run("list", { terminal: TERMINAL, colors: true }), dim);
  assert.match(await run("list --color always", {}), dim);
  for (
    const out of [
      await run("list", { terminal: TERMINAL, colors: false }),
      await run("list --color never", { terminal: TERMINAL, colors: true }),
      await run("list", { colors: true }),
    ]
  ) assert.ok(!out.includes("\x1b"), out);
});

Deno.test("a plan fits 80 columns on a terminal without losing a word, coloured by sign", async () => {
  const kernel = kernelOf("IPv6", 3);
  const listen = ADDRESSES.IPv6.service(0);
  const stdin = `version: 1
services:
  - { listen: "${listen}", scheduler: mh, servers: [{ address: "[fd00::9]:80" }, { address: "[fd00::1]:80", weight: 3 }] }
`;
  const { out: piped } = await lvsctl("plan -", { kernel, stdin });
  const { out } = await lvsctl("plan -", { kernel, stdin, terminal: TERMINAL, colors: true });
  assertFits(out);
  assert.equal(plain(out).replaceAll(/\n {4}/g, " "), piped);
  const { err } = await lvsctl("apply -", { kernel, stdin, answer: false, terminal: TERMINAL, colors: true });
  assertFits(err);
  for (const shown of [out, err]) {
    for (const [color, sign] of [["32", "+"], ["33", "~"], ["31", "-"]]) {
      assert.ok(shown.includes(`\x1b[${color}m${sign} `), shown);
    }
  }
});

Deno.test("the history fits 80 columns", async () => {
  const root = await Deno.makeTempDir();
  const directories = { run: `${root}/run`, state: `${root}/state` };
  try {
    const kernel = memoryKernel({});
    const line = `service add ${ADDRESSES.IPv6.service(1)} --scheduler mh --persistent 1h`;
    assert.equal((await lvsctl(line, { kernel, directories })).code, 0);
    const { out } = await lvsctl("history", { directories, terminal: TERMINAL });
    assert.match(assertFits(out)[1] ?? "", / 1 {2}done +lvsctl service add\.\.$/);
    assert.ok((await lvsctl("history --wide", { directories, terminal: TERMINAL })).out.includes(line));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

for (const family of ["IPv4", "IPv6"] as const) {
  for (const count of [3, 300]) {
    Deno.test(`top of ${count} ${family} services fills 80 x 24 without a wrapped row, every number visible`, async () => {
      const clock = new FakeClock();
      const screen = new TerminalScreen(TERMINAL);
      const interrupted = new AbortController();
      let shown = 0;
      const top = lvsctl("top", {
        kernel: kernelOf(family, count),
        clock,
        terminal: TERMINAL,
        colors: true,
        interrupted: interrupted.signal,
        onOutput: (text) => {
          screen.write(text);
          shown += text.includes("TOTAL") ? 1 : 0;
        },
      });
      while (clock.pending === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      await clock.advance(4000);
      assert.equal(shown, 3);
      assert.deepEqual([screen.wraps, screen.scrolls, screen.isAlternate, screen.hasCursor], [0, 0, true, false]);
      const lines = screen.text;
      assert.match(lines[2] ?? "", / WGT +ACT +INACT +CONN +IN P +OUT P +IN B +OUT B$/);
      const [active, inactive] = [1_234_567, 7_654_321].map((number) => formatRate(number * 2 * count));
      assert.match(lines[3] ?? "", new RegExp(`^TOTAL +${active} +${inactive} +0 +0 +0 +0 +0$`));
      assert.match(
        lines[5] ?? "",
        family === "IPv4" ? /^ {2}-> 172\.16\.\S+:\d+ +\d+ +1\.2M +7\.7M +0 / : /^ {2}-> \[fd00/,
      );
      assert.match(lines.at(-1) ?? "", new RegExp(count === 3 ? "^all 9 " : `^1-19 of ${count * 3} `));
      interrupted.abort();
      assert.equal((await top).code, 0);
      assert.deepEqual([screen.isAlternate, screen.hasCursor], [false, true]);
    });
  }
}

/** A list of connections of IPv4 and IPv6 clients, as the kernel writes it. */
function connectionList(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const port = (0x1000 + index).toString(16).toUpperCase().padStart(4, "0");
    return index % 2 === 0
      ? `TCP C6336464 ${port} C000020A 01BB AC106464 FFFF ESTABLISHED     899`
      : `TCP 2001:0db8:1234:5678:9abc:def0:1234:5678 ${port} 2001:0db8:0000:0000:0000:0000:0000:0010 01BB ` +
        "fd00:1234:5678:9abc:def0:1234:5678:9abc FFFF ESTABLISHED     899";
  });
  return [CAPTURED.titles, ...rows, ""].join("\n");
}

Deno.test("connections fit 80 columns on a terminal, whole in a pipe, and say that there are none", async () => {
  const connections = connectionList(500);
  const { code, out } = await lvsctl("connections", { connections, terminal: TERMINAL });
  assert.equal(code, 0);
  const lines = assertFits(out);
  assert.equal(lines.length, 502);
  assert.match(
    lines[2] ?? "",
    /^tcp {3}ESTABLISHED {4}14:59 {2}\[2001.*\.\..*:4097 {2}\[2001.*:443 {2}\[fd00.*\.\..*:65535$/,
  );
  assert.ok(
    (await lvsctl("connections", { connections })).out.includes("[2001:db8:1234:5678:9abc:def0:1234:5678]:4097"),
  );
  for (const terminal of [undefined, TERMINAL]) {
    const options = { connections: connectionList(0), ...(terminal === undefined ? {} : { terminal }) };
    assert.equal((await lvsctl("connections", options)).out, "No connections\n");
    assert.equal((await lvsctl("connections --group-by client", options)).out, "No connections\n");
  }
});

for (
  const line of ["connections --watch", "connections --watch --group-by client", "connections --watch --count --exact"]
) {
  Deno.test(`"lvsctl ${line}" fills 80 x 24 and wraps no row`, async () => {
    const clock = new FakeClock();
    const screen = new TerminalScreen(TERMINAL);
    const interrupted = new AbortController();
    const { promise: drawn, resolve } = Promise.withResolvers<void>();
    const watching = lvsctl(line, {
      connections: connectionList(11_000),
      clock,
      terminal: TERMINAL,
      interrupted: interrupted.signal,
      onOutput: (text) => {
        screen.write(text);
        if (text.includes("Ctrl-C quit")) resolve();
      },
    });
    await Promise.race([watching, drawn]);
    assert.deepEqual([screen.wraps, screen.scrolls, screen.isAlternate], [0, 0, true]);
    assert.match(screen.text[0] ?? "", /^11,000 connections, 0 persistence templates/);
    const last = screen.text.at(-1) ?? "";
    if (line.endsWith("--watch")) {
      assert.match(screen.text[0] ?? "", /; the first 10,000 are shown$/);
      assert.match(last, /^1-21 of 10000 /);
    } else if (line.endsWith("client")) assert.match(last, /^all 2 /);
    else assert.match(last, /^empty /);
    interrupted.abort();
    assert.equal((await watching).code, 0);
  });
}
