import assert from "node:assert/strict";
import { formatMetrics, nodeExporterMetrics, tableMetrics } from "../../../../core/metrics/mod.ts";
import { MOST_SERVERS, type TableMetricsOptions } from "../../../../core/metrics/table_metrics.ts";
import type { ListedServer, ListedService, RealServer, Traffic } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

function traffic(connections: bigint): Traffic {
  return { connections, inPackets: 20n, outPackets: 30n, inBytes: 40n, outBytes: 50n };
}

function listed(server: RealServer, connections = 1n): ListedServer {
  return {
    ...server,
    activeConnections: 3,
    inactiveConnections: 2,
    persistentConnections: 1,
    statistics: { counters: traffic(connections), rates: traffic(0n) },
  };
}

function service(name: string, servers: readonly ListedServer[], persistent = false): ListedService {
  return {
    service: virtualService(name, persistent ? { persistence: { timeoutSeconds: 300, netmask: 0xffffffff } } : {}),
    servers,
    statistics: { counters: traffic(7n), rates: traffic(0n) },
  };
}

/** The lines of samples whose names begin with a text. */
function samples(entries: readonly ListedService[], start: string, options: TableMetricsOptions = {}): string[] {
  const text = [...formatMetrics(tableMetrics(entries, options), "prometheus")].join("");
  return text.split("\n").filter((line) => line.startsWith(start));
}

const TABLE = [
  service(WEB, [
    listed(realServer("10.0.0.11:80", { weight: 3, upperThreshold: 100 }), 2n ** 60n),
    listed(realServer("10.0.0.12:80", { weight: 2 })),
  ], true),
  service("fwmark6:10", [listed(realServer("[2001:db8::11]:0", { forward: "dr" }))]),
];

Deno.test("tableMetrics() counts services and servers", () => {
  assert.deepEqual(samples(TABLE, "lvsctl_ipvs_"), ["lvsctl_ipvs_services 2", "lvsctl_ipvs_servers 3"]);
  assert.deepEqual(samples([], "lvsctl_"), ["lvsctl_ipvs_services 0", "lvsctl_ipvs_servers 0"]);
});

Deno.test("tableMetrics() describes a service with the labels of node_exporter and its name in the file", () => {
  assert.deepEqual(samples(TABLE, "lvsctl_service_info", { names: new Map([[WEB, "web"]]) }), [
    `lvsctl_service_info{virtual_service="${WEB}",name="web",scheduler="rr",persistence="300s",` +
    `local_address="192.0.2.10",local_port="80",proto="TCP",local_mark=""} 1`,
    'lvsctl_service_info{virtual_service="fwmark6:10",name="",scheduler="rr",persistence="",' +
    'local_address="",local_port="0",proto="FWM",local_mark="0000000A"} 1',
  ]);
});

Deno.test("tableMetrics() sums connections and weights of a service's servers", () => {
  const of = (name: string): string | undefined =>
    samples(TABLE, `${name}{virtual_service="${WEB}"}`)[0]?.split(" ")[1];
  assert.equal(of("lvsctl_service_active_connections"), "6");
  assert.equal(of("lvsctl_service_inactive_connections"), "4");
  assert.equal(of("lvsctl_service_persistent_connections"), "2");
  assert.equal(of("lvsctl_service_weight"), "5");
});

Deno.test("tableMetrics() keeps counters exact beyond 2^53", () => {
  assert.deepEqual(samples(TABLE, "lvsctl_server_connections_total").slice(0, 1), [
    `lvsctl_server_connections_total{virtual_service="${WEB}",real_server="10.0.0.11:80"} 1152921504606846976`,
  ]);
});

Deno.test("tableMetrics() has the thresholds of servers that have one, as the kernel takes them", () => {
  const labels = `{virtual_service="${WEB}",real_server="10.0.0.11:80"}`;
  assert.deepEqual(samples(TABLE, "lvsctl_server_upper"), [`lvsctl_server_upper_threshold${labels} 100`]);
  assert.deepEqual(samples(TABLE, "lvsctl_server_lower"), [`lvsctl_server_lower_threshold${labels} 75`]);
});

for (
  const [connections, thresholds, expected] of [
    [8, { upperThreshold: 8 }, "1"],
    [7, { upperThreshold: 8 }, undefined],
    [6, { upperThreshold: 8 }, undefined],
    [5, { upperThreshold: 8 }, "0"],
    [7, { upperThreshold: 9 }, undefined],
    [6, { upperThreshold: 9 }, "0"],
    [4, { upperThreshold: 8, lowerThreshold: 4 }, undefined],
    [3, { upperThreshold: 8, lowerThreshold: 4 }, "0"],
    [100, {}, undefined],
  ] as const
) {
  Deno.test(
    `tableMetrics() calls a server with ${connections} connections and ${JSON.stringify(thresholds)} ${
      expected === "1" ? "overloaded" : expected === "0" ? "not overloaded" : "neither"
    }`,
    () => {
      const server = {
        ...listed(realServer("10.0.0.11:80", thresholds)),
        activeConnections: 2,
        persistentConnections: 9,
      };
      const table = [service(WEB, [{ ...server, inactiveConnections: connections - 2 }])];
      assert.equal(samples(table, "lvsctl_server_overloaded{")[0]?.split(" ")[1], expected);
    },
  );
}

Deno.test("tableMetrics() leaves out what its level does not have", () => {
  assert.deepEqual(samples(TABLE, "lvsctl_", { level: "summary" }).length, 2);
  assert.deepEqual(samples(TABLE, "lvsctl_server_", { level: "service" }), []);
  assert.notDeepEqual(samples(TABLE, "lvsctl_service_", { level: "service" }), []);
  assert.notDeepEqual(samples(TABLE, "lvsctl_server_", { level: "server" }), []);
});

Deno.test("tableMetrics() leaves out the servers of a large table unless they are asked for", () => {
  const one = listed(realServer("10.0.0.11:80"));
  const large = [service(WEB, Array.from({ length: MOST_SERVERS + 1 }, () => one))];
  assert.deepEqual(samples(large, "lvsctl_server_weight"), []);
  assert.equal(samples(large, "lvsctl_server_weight", { level: "server" }).length, MOST_SERVERS + 1);
  const most = [service(WEB, Array.from({ length: MOST_SERVERS }, () => one))];
  assert.equal(samples(most, "lvsctl_server_weight").length, MOST_SERVERS);
});

Deno.test("tableMetrics() has each family once", () => {
  const names = [...tableMetrics(TABLE)].map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});

Deno.test("nodeExporterMetrics() has the eight series of node_exporter under their names", () => {
  const text = [...formatMetrics(nodeExporterMetrics(TABLE), "prometheus")].join("");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(lines.slice(0, 5), [
    "node_ipvs_connections_total 14",
    "node_ipvs_incoming_packets_total 40",
    "node_ipvs_outgoing_packets_total 60",
    "node_ipvs_incoming_bytes_total 80",
    "node_ipvs_outgoing_bytes_total 100",
  ]);
  assert.equal(
    lines[5],
    'node_ipvs_backend_connections_active{local_address="192.0.2.10",local_port="80",remote_address="10.0.0.11",' +
      'remote_port="80",proto="TCP",local_mark=""} 3',
  );
  assert.equal(
    lines.at(-1),
    'node_ipvs_backend_weight{local_address="",local_port="0",remote_address="2001:db8::11",' +
      'remote_port="0",proto="FWM",local_mark="0000000A"} 1',
  );
});
