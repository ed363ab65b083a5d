/**
 * All families of metrics: of a table with services of every kind, and of a daemon with everything that one can have.
 *
 * @module
 */
import {
  daemonMetrics,
  discoveryMetrics,
  type MetricFamily,
  routerMetrics,
  sharingMetrics,
  storeMetrics,
} from "../../core/metrics/mod.ts";
import { type ListedService, parseIpAddress, type Traffic } from "../../core/model/mod.ts";
import { B, Bench, UP, web } from "../unit/core/daemon/daemon_bench.ts";
import { routerStatuses } from "./router_status.ts";
import { sharingStatus } from "./sharing_status.ts";
import { storeStatus } from "./store_status.ts";
import { realServer, virtualService } from "./samples.ts";

/** The time of day; milliseconds since 1970. */
const NOW = 10_000_000_000;

const TRAFFIC: Traffic = { connections: 2n ** 64n - 1n, inPackets: 1n, outPackets: 2n, inBytes: 3n, outBytes: 4n };
const statistics = { counters: TRAFFIC, rates: TRAFFIC };

/** A table with services of every kind. */
export const TABLE: readonly ListedService[] = [
  "tcp://192.0.2.10:80",
  "udp://[2001:db8::10]:53",
  "fwmark:1",
  "fwmark6:4294967295",
].map((name): ListedService => ({
  service: virtualService(name),
  statistics,
  servers: ["10.0.0.11:80", "10.0.0.12:80"].map((server) => ({
    ...realServer(server, { upperThreshold: 10 }),
    activeConnections: 1,
    inactiveConnections: 2,
    persistentConnections: 3,
    statistics,
  })),
}));

/** The metrics of a daemon with everything that a daemon can have. */
export async function familiesOfDaemon(): Promise<readonly MetricFamily[]> {
  await using bench = new Bench({
    verifyMs: 1000,
    probe: ({ address }) =>
      Promise.resolve(
        B.startsWith(address)
          ? { ok: false, latencyMs: 1, reason: "no answer", failure: "timeout" }
          : { ...UP, certificateMs: 86_400_000 },
      ),
  });
  await bench.load({ services: [web({ fallback: realServer("10.0.0.99:80"), panicThreshold: 1 })] });
  await bench.clock.advance(2500);
  const { daemon } = bench;
  daemon.override([{ address: parseIpAddress("10.0.0.11"), weight: 0, at: 7000, until: 9000 }]);
  daemon.tallies.countLag(3);
  const families = daemonMetrics({
    services: [...daemon.decisions()],
    tallies: daemon.tallies,
    startedAt: 1500,
    loadedAt: 2500,
    isLoaded: true,
    reloads: { all: 3, failed: 1 },
    residentBytes: 4096,
    checksInProgress: 3,
    usage: { cpuSeconds: 1.5, virtualBytes: 8192, descriptors: { open: 20, most: 1024 } },
    vips: [{ address: parseIpAddress("192.0.2.10"), device: "eth0", isPresent: true }],
    notifications: [{ destination: "webhook 1", queued: 0, sent: 1, dropped: 0, failures: 1 }],
  }, "server");
  return [
    ...families,
    ...routerMetrics(routerStatuses(), { discarded: { vrid: 3 } }),
    ...discoveryMetrics([{ name: "srv web", servers: 3, at: 2500, refusal: "too few", failures: 1, refusals: 2 }]),
    ...storeMetrics(storeStatus(NOW), { now: NOW }),
    ...sharingMetrics(sharingStatus()),
  ];
}
