import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isComparable,
  type ListedServer,
  type ListedService,
  recentReadings,
  tableActivity,
  type TableReading,
  totalRates,
  type Traffic,
  trafficRates,
} from "../../../../core/model/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const NONE: Traffic = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
const NO_RATES = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };

/** Counters of which each is ten times the one before. */
function traffic(connections: bigint): Traffic {
  return {
    connections,
    inPackets: connections * 10n,
    outPackets: connections * 100n,
    inBytes: connections * 1000n,
    outBytes: connections * 10_000n,
  };
}

function server(endpoint: string, counters: Traffic, connections: readonly [number, number] = [0, 0]): ListedServer {
  const [activeConnections, inactiveConnections] = connections;
  return {
    ...realServer(endpoint),
    activeConnections,
    inactiveConnections,
    persistentConnections: 0,
    statistics: { counters, rates: NONE },
  };
}

function service(name: string, counters: Traffic, ...servers: readonly ListedServer[]): ListedService {
  return { service: virtualService(name), statistics: { counters, rates: NONE }, servers };
}

function reading(atMs: number, ...entries: readonly ListedService[]): TableReading {
  return { atMs, entries };
}

Deno.test("trafficRates() divides the counted traffic by the time", () => {
  assert.deepEqual(trafficRates(traffic(3n), traffic(8n), { overMs: 2500 }), {
    connections: 2,
    inPackets: 20,
    outPackets: 200,
    inBytes: 2000,
    outBytes: 20_000,
  });
});

Deno.test("trafficRates() is exact for counters above the largest safe number", () => {
  const before = traffic(2n ** 63n);
  const after = { ...before, connections: before.connections + 3n };
  assert.deepEqual(trafficRates(before, after, { overMs: 1000 }), { ...NO_RATES, connections: 3 });
});

Deno.test("trafficRates() treats all counters as zeroed if one decreased", () => {
  const before = { ...traffic(100n), connections: 2n };
  const after = { ...traffic(1n), connections: 4n };
  assert.deepEqual(trafficRates(before, after, { overMs: 1000 }), {
    connections: 4,
    inPackets: 10,
    outPackets: 100,
    inBytes: 1000,
    outBytes: 10_000,
  });
});

const anyTraffic = fc.record({
  connections: fc.bigInt(0n, 2n ** 64n - 1n),
  inPackets: fc.bigInt(0n, 2n ** 64n - 1n),
  outPackets: fc.bigInt(0n, 2n ** 64n - 1n),
  inBytes: fc.bigInt(0n, 2n ** 64n - 1n),
  outBytes: fc.bigInt(0n, 2n ** 64n - 1n),
});

Deno.test("trafficRates() is never negative, and never above the current counters", () => {
  fc.assert(
    fc.property(anyTraffic, anyTraffic, (before, after) => {
      const rates = trafficRates(before, after, { overMs: 1000 });
      for (const amount of ["connections", "inPackets", "outPackets", "inBytes", "outBytes"] as const) {
        assert.ok(rates[amount] >= 0 && rates[amount] <= Number(after[amount]), amount);
      }
    }),
    PROPERTY,
  );
});

Deno.test("tableActivity() has the rates of services and servers, and the connections of a service's servers", () => {
  const earlier = reading(
    1000,
    service("fwmark:1", traffic(10n), server("10.0.0.1:80", traffic(4n)), server("10.0.0.2:80", traffic(6n))),
  );
  const later = reading(
    3000,
    service(
      "fwmark:1",
      traffic(20n),
      server("10.0.0.1:80", traffic(10n), [3, 1]),
      server("10.0.0.2:80", traffic(10n), [2, 5]),
    ),
  );
  const { overMs, services: [only] } = tableActivity(earlier, later);
  assert.equal(overMs, 2000);
  assert.equal(only?.rates?.connections, 5);
  assert.deepEqual(only?.servers.map(({ rates }) => rates?.connections), [3, 2]);
  assert.deepEqual([only?.activeConnections, only?.inactiveConnections], [5, 6]);
});

Deno.test("tableActivity() has no rates of services and servers that one of the readings lacks", () => {
  const earlier = reading(
    0,
    service("fwmark:1", traffic(1n), server("10.0.0.1:80", traffic(1n)), server("10.0.0.2:80", NONE)),
    service("fwmark:2", traffic(1n)),
  );
  const later = reading(
    2000,
    // A server that comes back counts on from where it was.
    service("fwmark:1", traffic(1n), server("10.0.0.2:80", NONE), server("10.0.0.3:80", traffic(1_000_000n))),
    service("fwmark:3", traffic(1_000_000n), server("10.0.0.1:80", traffic(1_000_000n))),
  );
  const { services } = tableActivity(earlier, later);
  assert.deepEqual(
    services.map(({ rates, servers }) => [rates?.connections, ...servers.map((each) => each.rates?.connections)]),
    [[0, 0, undefined], [undefined, undefined]],
  );
});

Deno.test("tableActivity() of one reading, or of two at the same moment, has no rates", () => {
  const only = reading(5, service("fwmark:1", traffic(1n)));
  assert.equal(tableActivity(undefined, only).overMs, undefined);
  assert.equal(tableActivity(undefined, only).services[0]?.rates, undefined);
  assert.equal(tableActivity(only, only).services[0]?.rates, undefined);
});

Deno.test("totalRates() adds the known rates", () => {
  const one = trafficRates(NONE, traffic(1n), { overMs: 1000 });
  assert.deepEqual(totalRates([one, undefined, one]), trafficRates(NONE, traffic(2n), { overMs: 1000 }));
  assert.deepEqual(totalRates([]), NO_RATES);
});

const times = (readings: readonly TableReading[]): readonly number[] => readings.map(({ atMs }) => atMs);

Deno.test("recentReadings() keeps the last reading that is a period old, and all later ones", () => {
  const readings = [0, 500, 1000, 1500, 2000].map((atMs) => reading(atMs));
  assert.deepEqual(times(recentReadings(readings, 2499)), [500, 1000, 1500, 2000]);
  assert.deepEqual(times(recentReadings(readings, 1999)), [0, 500, 1000, 1500, 2000]);
  assert.deepEqual(times(recentReadings(readings, 1000)), [0, 500, 1000, 1500, 2000]);
  assert.deepEqual(times(recentReadings(readings, 60_000)), [2000]);
  assert.deepEqual(recentReadings([], 0), []);
});

Deno.test("isComparable() accepts a reading that is younger than two seconds by a timer's imprecision", () => {
  assert.equal(isComparable(reading(0), 1999.2), true);
  assert.equal(isComparable(reading(0), 1900), false);
});
