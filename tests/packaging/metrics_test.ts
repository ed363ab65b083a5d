import assert from "node:assert/strict";
import { formatMetrics, nodeExporterMetrics, tableMetrics } from "../../core/metrics/mod.ts";
import type { ListedService, Traffic } from "../../core/model/mod.ts";
import { realServer, virtualService } from "../support/samples.ts";

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

Deno.test("promtool check metrics finds nothing wrong with the metrics of a table", async () => {
  const families = [...tableMetrics(TABLE), ...nodeExporterMetrics(TABLE)];
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
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.deepEqual([code, text], [0, ""]);
});
