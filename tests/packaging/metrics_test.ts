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

/** What promtool says about a text, and its exit status. */
async function checkMetrics(families: Iterable<MetricFamily>): Promise<readonly [number, string]> {
  const promtool = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = promtool.stdin.getWriter();
  await writer.write(new TextEncoder().encode([...formatMetrics(families, "prometheus")].join("")));
  await writer.close();
  const { code, stdout, stderr } = await promtool.output();
  return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
}

Deno.test("promtool check metrics finds nothing wrong with the metrics of a table", async () => {
  assert.deepEqual(await checkMetrics([...tableMetrics(TABLE), ...nodeExporterMetrics(TABLE)]), [0, ""]);
});

Deno.test("promtool check metrics finds nothing wrong with the metrics of a daemon", async () => {
  await using bench = new Bench();
  bench.down.add(B);
  await bench.load({ services: [web({ fallback: realServer("10.0.0.99:80"), panicThreshold: 1 })] });
  await bench.clock.advance(2500);
  bench.daemon.override([{ address: parseIpAddress("10.0.0.11"), weight: 0, at: 7000, until: 9000 }]);
  const families = daemonMetrics({
    services: bench.daemon.decisions(),
    tallies: bench.daemon.tallies,
    startedAt: 1500,
    loadedAt: 2500,
    isLoaded: true,
    reloads: { all: 3, failed: 1 },
    residentBytes: 4096,
  }, "server");
  assert.deepEqual(families.filter(({ samples }) => [...samples].length === 0).map(({ name }) => name), []);
  assert.deepEqual(await checkMetrics(families), [0, ""]);
});
