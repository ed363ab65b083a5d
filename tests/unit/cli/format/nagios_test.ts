import assert from "node:assert/strict";
import { pluginReport, type PluginService, trafficValues } from "../../../../cli/format/nagios.ts";
import { parsePluginRange, type PluginRange } from "../../../../cli/format/plugin_range.ts";
import { pluginLine } from "../../../../cli/format/plugin_line.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

/** A service whose servers have these states. */
function service(
  states: readonly (readonly [health: string | undefined, result: string])[],
  more: Partial<PluginService> = {},
): PluginService {
  return {
    id: "tcp://192.0.2.10:80",
    name: "web",
    lostQuorum: undefined,
    fallback: undefined,
    unresolved: [],
    servers: states.map(([health, result], index) => ({ address: `10.0.0.${index + 1}:80`, health, result })),
    ...more,
  };
}

const UP = ["healthy", "status 200"] as const;
const DOWN = ["unhealthy", "connection refused"] as const;
const UNKNOWN = ["unknown", "no file descriptor"] as const;

/** States with their services, statuses and texts. */
const REPORTS: readonly (readonly [what: string, services: readonly PluginService[], status: number, text: string])[] =
  [
    ["all servers are healthy", [service([UP, UP])], 0, "OK - 1 service, 2 servers healthy"],
    ["servers have no check", [service([[undefined, ""]])], 0, "OK - 1 service, 1 server healthy"],
    [
      "a server is unhealthy",
      [service([UP, DOWN])],
      1,
      "WARNING - 1 of 2 servers unhealthy: 10.0.0.2:80 of web (connection refused)",
    ],
    [
      "a host name has no address",
      [service([UP], { unresolved: ["db.example"] })],
      1,
      "WARNING - 1 host name without an address: db.example of web",
    ],
    [
      "a quorum is lost",
      [service([UP, DOWN], { lostQuorum: "2 servers", name: undefined }), service([UP])],
      2,
      "CRITICAL - 1 of 2 services below quorum: tcp://192.0.2.10:80 (quorum 2 servers); 1 of 3 servers unhealthy: " +
      "10.0.0.2:80 of tcp://192.0.2.10:80 (connection refused)",
    ],
    [
      "the fallback serves",
      [service([UP], { fallback: "10.0.0.99:80" })],
      2,
      "CRITICAL - fallback in use for 1 service: web (10.0.0.99:80)",
    ],
    [
      "a server has no result",
      [service([UP, UNKNOWN])],
      3,
      "UNKNOWN - 1 of 2 servers without a result: 10.0.0.2:80 of web (no file descriptor)",
    ],
    [
      "one server is unhealthy and another has no result",
      [service([DOWN, UNKNOWN])],
      1,
      "WARNING - 1 of 2 servers unhealthy: 10.0.0.1:80 of web (connection refused); 1 of 2 servers without a result: " +
      "10.0.0.2:80 of web (no file descriptor)",
    ],
    ["there is nothing to watch", [], 3, "UNKNOWN - there is no service"],
  ];

for (const [what, services, status, text] of REPORTS) {
  Deno.test(`pluginReport() ends with ${status} if ${what}`, () => {
    const report = pluginReport({ services });
    assert.deepEqual([report.status, report.line.split(" | ")[0]], [status, text]);
  });
}

Deno.test("pluginReport() warns of other problems", () => {
  const { status, line } = pluginReport({ services: [service([UP])], problems: ["the file is not valid"] });
  assert.deepEqual([status, line.split(" | ")[0]], [1, "WARNING - the file is not valid"]);
});

Deno.test("the performance data has numbers of servers and services with their limits, and counters with unit c", () => {
  const traffic = { connections: 2n ** 64n - 1n, inPackets: 1n, outPackets: 2n, inBytes: 3n, outBytes: 4n };
  const statistics = { counters: traffic, rates: traffic };
  const counts = { activeConnections: 5, inactiveConnections: 6, persistentConnections: 7, statistics };
  const servers = [{ ...realServer("10.0.0.1:80"), ...counts }, { ...realServer("10.0.0.2:80"), ...counts }];
  const values = trafficValues([{ service: virtualService("tcp://192.0.2.10:80"), statistics, servers }]);
  const { line } = pluginReport({ services: [service([UP, DOWN])], values });
  assert.equal(
    line.split(" | ")[1],
    "'healthy'=1;;;0;2 'unhealthy'=1;;;0;2 'below_quorum'=0;;;0;1 " +
      "'active'=10 'inactive'=12 'conns'=18446744073709551615c 'bytes_in'=3c 'bytes_out'=4c\n",
  );
});

Deno.test("thresholds are ranges of the number of unhealthy servers, and part of the performance data", () => {
  const services = [service([UP, DOWN, DOWN])];
  const report = (warning?: string, critical?: string): readonly [number, string | undefined] => {
    const read = (text: string | undefined): PluginRange | undefined =>
      text === undefined ? undefined : parsePluginRange(text);
    const { status, line } = pluginReport({ services, warning: read(warning), critical: read(critical) });
    return [status, / ('unhealthy'\S+)/.exec(line)?.[1]];
  };
  assert.deepEqual(report(), [1, "'unhealthy'=2;;;0;3"]);
  assert.deepEqual(report("2"), [0, "'unhealthy'=2;2;;0;3"]);
  assert.deepEqual(report("1", "2"), [1, "'unhealthy'=2;1;2;0;3"]);
  assert.deepEqual(report("0", "1"), [2, "'unhealthy'=2;0;1;0;3"]);
  assert.deepEqual(report(undefined, "@2:5"), [2, "'unhealthy'=2;;@2:5;0;3"]);
  assert.deepEqual(report("~:5"), [0, "'unhealthy'=2;~:5;;0;3"]);
  assert.deepEqual(report("3:"), [1, "'unhealthy'=2;3:;;0;3"]);
  const lost = pluginReport({ services: [service([DOWN], { lostQuorum: "1" })], warning: parsePluginRange("9") });
  assert.equal(lost.status, 2);
});

for (const text of ["", "@", ":", "a", "1:a", "-1", "5:3", "1:2:3", "~", "1e3", " 1", "9999999999"]) {
  Deno.test(`parsePluginRange() refuses "${text}"`, () => {
    assert.throws(() => parsePluginRange(text), /^LvsctlError: ".*" is not a range; write it as 10, /);
  });
}

Deno.test("foreign text cannot begin the performance data, another line or a terminal's sequence", () => {
  const hostile = "a|'x'=1\nOK - all is well\r\u001b[2J\u202e\u0000\u009b";
  for (
    const line of [
      pluginLine("warning", hostile, { values: [{ label: "time", value: 1.5, unit: "s" }] }),
      pluginReport({ services: [service([["unhealthy", hostile]], { name: hostile, unresolved: [hostile] })] }).line,
    ]
  ) {
    assert.equal(line.split("|").length, 2, line);
    assert.equal(line.indexOf("\n"), line.length - 1);
    // deno-lint-ignore no-control-regex -- the pattern is for control characters
    assert.doesNotMatch(line.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u202e]/);
    assert.match(line, /^WARNING - .*a\\u007c'x'=1\\nOK - all is well/);
  }
});

Deno.test("a line has at most 1000 bytes with its performance data, and ends no character in its middle", () => {
  const states = Array.from({ length: 10_000 }, () => ["unhealthy", "\u{fc}\u{20ac}\u{1f600}".repeat(1000)] as const);
  const many = Array.from(
    { length: 100 },
    (_, index) => service(states.slice(0, 100), { name: `\u{20ac}${index}`.repeat(90) }),
  );
  const values = Array.from({ length: 5 }, (_, index) => ({ label: `label_${index}`, value: 2n ** 64n }));
  const { line } = pluginReport({ services: many, values });
  assert.ok(new TextEncoder().encode(line).length <= 1000, String(line.length));
  assert.match(line, /\.\.\. \| 'healthy'=0;;;0;10000 /);
  assert.equal(line.isWellFormed(), true);
  for (let length = 620; length < 660; length++) {
    const cut = pluginLine("ok", "x".repeat(length) + "\u{1f600}".repeat(20));
    assert.equal(cut.isWellFormed(), true);
    assert.doesNotMatch(cut, /\ufffd/);
  }
});
