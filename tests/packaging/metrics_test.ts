import assert from "node:assert/strict";
import {
  daemonMetrics,
  formatMetrics,
  type MetricFamily,
  nodeExporterMetrics,
  tableMetrics,
} from "../../core/metrics/mod.ts";
import { type ListedService, parseIpAddress, type Traffic } from "../../core/model/mod.ts";
import { realServer, virtualService } from "../support/samples.ts";
import { B, Bench, web } from "../unit/core/daemon/daemon_bench.ts";

const TRAFFIC: Traffic = { connections: 2n ** 64n - 1n, inPackets: 1n, outPackets: 2n, inBytes: 3n, outBytes: 4n };
const statistics = { counters: TRAFFIC, rates: TRAFFIC };

/** A table with services of every kind. */
const TABLE = ["tcp://192.0.2.10:80", "udp://[2001:db8::10]:53", "fwmark:1", "fwmark6:4294967295"].map(
  (name): ListedService => ({
    service: virtualService(name),
    statistics,
    servers: ["10.0.0.11:80", "10.0.0.12:80"].map((server) => ({
      ...realServer(server, { upperThreshold: 10 }),
      activeConnections: 1,
      inactiveConnections: 2,
      persistentConnections: 3,
      statistics,
    })),
  }),
);

/** The rules of the example. */
const RULES = "examples/monitoring/lvsctl.rules.yaml";

/** The exit status of promtool and what it prints about metrics. */
async function checkMetrics(families: Iterable<MetricFamily>): Promise<readonly [number, string]> {
  return await promtool(["check", "metrics"], [...formatMetrics(families, "prometheus")].join(""));
}

async function promtool(args: readonly string[], input = ""): Promise<readonly [number, string]> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
}

Deno.test("promtool check metrics finds nothing wrong with the metrics of a table", async () => {
  assert.deepEqual(await checkMetrics([...tableMetrics(TABLE), ...nodeExporterMetrics(TABLE)]), [0, ""]);
});

/** The metrics of a daemon with everything that a daemon can have. */
async function familiesOfDaemon(): Promise<readonly MetricFamily[]> {
  await using bench = new Bench();
  bench.down.add(B);
  await bench.load({ services: [web({ fallback: realServer("10.0.0.99:80"), panicThreshold: 1 })] });
  await bench.clock.advance(2500);
  bench.daemon.override([{ address: parseIpAddress("10.0.0.11"), weight: 0, at: 7000, until: 9000 }]);
  return daemonMetrics({
    services: bench.daemon.decisions(),
    tallies: bench.daemon.tallies,
    startedAt: 1500,
    loadedAt: 2500,
    isLoaded: true,
    reloads: { all: 3, failed: 1 },
    residentBytes: 4096,
  }, "server");
}

Deno.test("promtool check metrics finds nothing wrong with the metrics of a daemon", async () => {
  const families = await familiesOfDaemon();
  assert.deepEqual(families.filter(({ samples }) => [...samples].length === 0).map(({ name }) => name), []);
  assert.deepEqual(await checkMetrics(families), [0, ""]);
});

Deno.test("promtool finds nothing wrong with the alert rules, and their tests pass", async () => {
  const [checked, text] = await promtool(["check", "rules", RULES]);
  assert.equal(checked, 0, text);
  const [tested, failures] = await promtool(["test", "rules", RULES.replace(/yaml$/, "test.yaml")]);
  assert.equal(tested, 0, failures);
});

Deno.test("alert rules use series that exist", async () => {
  const text = [...formatMetrics(await familiesOfDaemon(), "prometheus")].join("");
  const rules = await Deno.readTextFile(RULES);
  const used = new Set(rules.match(/\blvsctl_[a-z_]+/g));
  assert.ok(used.size > 5);
  used.delete("lvsctl_daemon_up");
  for (const name of used) assert.match(text, new RegExp(`^${name}[ {]`, "m"), name);
});
