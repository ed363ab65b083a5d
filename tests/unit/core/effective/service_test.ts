import assert from "node:assert/strict";
import fc from "fast-check";
import { effectiveService, type RememberedService, type ServiceFacts } from "../../../../core/effective/mod.ts";
import {
  DEFAULT_QUORUM,
  DEFAULT_TIMING,
  DEFAULT_TUNNEL,
  type DesiredService,
  formatServerId,
  type Health,
  type Override,
  parseIpAddress,
  parseServiceId,
  type Quorum,
  type RealServer,
} from "../../../../core/model/mod.ts";

function realServer(host: number, weight: number): RealServer {
  return {
    address: parseIpAddress(`10.0.0.${host}`),
    port: 80,
    forward: "nat",
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DEFAULT_TUNNEL,
  };
}

function atLeast(amount: number): Quorum {
  return { ...DEFAULT_QUORUM, amount };
}

const FALLBACK = realServer(99, 7);

function desiredService(servers: readonly RealServer[], change: Partial<DesiredService> = {}): DesiredService {
  return {
    service: { id: parseServiceId("tcp://192.0.2.10:80"), scheduler: "wlc", schedulerFlags: 0, onePacket: false },
    servers,
    check: { type: "tcp", ...DEFAULT_TIMING },
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...change,
  };
}

/** "1:5 2:0" are hosts and their weights; "" is no server. */
function servers(text: string): RealServer[] {
  return text.split(" ").filter((item) => item !== "").map((item) => {
    const [host, weight] = item.split(":").map(Number);
    return realServer(host ?? NaN, weight ?? NaN);
  });
}

function format(list: readonly RealServer[]): string {
  return list.map(({ address, weight }) => `${address.split(".")[3]}:${weight}`).join(" ");
}

const HEALTHS: Readonly<Record<string, Health>> = { h: "healthy", u: "unhealthy", "?": "unknown" };

interface Case {
  readonly name: string;
  /** Configured servers: "1:5 2:5". */
  readonly desired: string;
  /** One letter per server: h, u or ?. */
  readonly health: string;
  /** What the kernel has. */
  readonly current: string;
  readonly change?: Partial<DesiredService>;
  readonly effective: string;
  readonly quorumMet?: boolean;
  readonly kept?: string;
}

const CASES: readonly Case[] = [
  { name: "healthy servers are in as configured", desired: "1:5 2:3", health: "hh", current: "", effective: "1:5 2:3" },
  { name: "a healthy server is no longer quiesced", desired: "1:5", health: "h", current: "1:0", effective: "1:5" },
  { name: "a weight of 0 is a weight", desired: "1:0 2:1", health: "hh", current: "", effective: "1:0 2:1" },
  { name: "weight 0 does not serve", desired: "1:0", health: "h", current: "", effective: "1:0", quorumMet: false },
  { name: "the order is the file's", desired: "2:1 1:1", health: "hh", current: "1:1 2:1", effective: "2:1 1:1" },

  {
    name: "remove takes an unhealthy server out",
    desired: "1:5 2:5",
    health: "uh",
    current: "1:5 2:5",
    effective: "2:5",
  },
  {
    name: "quiesce keeps it with weight 0",
    desired: "1:5 2:5",
    health: "uh",
    current: "1:5 2:5",
    change: { onFailure: "quiesce" },
    effective: "1:0 2:5",
  },
  {
    name: "quiesce shows one that the kernel does not have",
    desired: "1:5 2:5",
    health: "uh",
    current: "2:5",
    change: { onFailure: "quiesce" },
    effective: "1:0 2:5",
  },
  {
    name: "all may go without a panic threshold",
    desired: "1:5",
    health: "u",
    current: "1:5",
    effective: "",
    quorumMet: false,
  },

  { name: "unknown and present stays", desired: "1:5", health: "?", current: "1:5", effective: "1:5" },
  {
    name: "unknown and absent stays absent",
    desired: "1:5",
    health: "?",
    current: "",
    effective: "",
    quorumMet: false,
  },
  {
    name: "unknown in a new service is absent",
    desired: "1:5",
    health: "?",
    current: "",
    effective: "",
    quorumMet: false,
  },
  {
    name: "unknown and quiesced stays quiesced",
    desired: "1:5",
    health: "?",
    current: "1:0",
    effective: "1:0",
    quorumMet: false,
  },
  { name: "unknown takes a new configured weight", desired: "1:5", health: "?", current: "1:2", effective: "1:5" },
  {
    name: "unknown takes a configured weight of 0",
    desired: "1:0 2:1",
    health: "?h",
    current: "1:2",
    effective: "1:0 2:1",
  },

  {
    name: "no fallback while the quorum is met",
    desired: "1:5",
    health: "h",
    current: "99:7 1:5",
    change: { fallback: FALLBACK },
    effective: "1:5",
  },
  {
    name: "the fallback comes with its weight when no server is left",
    desired: "1:5",
    health: "u",
    current: "1:5",
    change: { fallback: FALLBACK },
    effective: "99:7",
    quorumMet: false,
  },
  {
    name: "the fallback stands in while a first round is awaited",
    desired: "1:5",
    health: "?",
    current: "",
    change: { fallback: FALLBACK },
    effective: "99:7",
    quorumMet: false,
  },
  {
    name: "a restart does not call the fallback in",
    desired: "1:5 2:5",
    health: "??",
    current: "1:5 2:5",
    change: { fallback: FALLBACK, quorum: atLeast(2) },
    effective: "1:5 2:5",
  },
  {
    name: "below the quorum the healthy ones stay beside the fallback",
    desired: "1:5 2:5 3:5",
    health: "huu",
    current: "1:5 2:5 3:5",
    change: { fallback: FALLBACK, quorum: atLeast(2) },
    effective: "1:5 99:7",
    quorumMet: false,
  },
  {
    name: "quiesced servers do not count for the quorum",
    desired: "1:5 2:5",
    health: "uu",
    current: "1:5 2:5",
    change: { fallback: FALLBACK, onFailure: "quiesce" },
    effective: "1:0 2:0 99:7",
    quorumMet: false,
  },
  {
    name: "servers configured with weight 0 do not count for the quorum",
    desired: "1:0",
    health: "h",
    current: "1:0",
    change: { fallback: FALLBACK },
    effective: "1:0 99:7",
    quorumMet: false,
  },
  {
    name: "a quorum of 0 never calls the fallback",
    desired: "1:5",
    health: "u",
    current: "1:5",
    change: { fallback: FALLBACK, quorum: atLeast(0) },
    effective: "",
  },
  {
    name: "a server that is the fallback too is in once",
    desired: "99:5 1:5",
    health: "uu",
    current: "99:5 1:5",
    change: { fallback: FALLBACK, onFailure: "quiesce" },
    effective: "1:0 99:7",
    quorumMet: false,
  },

  {
    name: "the panic threshold keeps the last",
    desired: "1:5 2:5",
    health: "uu",
    current: "1:5 2:5",
    change: { panicThreshold: 1 },
    effective: "1:5",
    quorumMet: false,
    kept: "10.0.0.1:80",
  },
  {
    name: "the choice goes by address, not by the file's order",
    desired: "2:5 1:5",
    health: "uu",
    current: "1:5 2:5",
    change: { panicThreshold: 1, onFailure: "quiesce" },
    effective: "2:0 1:5",
    quorumMet: false,
    kept: "10.0.0.1:80",
  },
  {
    name: "the one that serves is kept, not one that was quiesced before",
    desired: "1:5 2:5",
    health: "uu",
    current: "1:0 2:5",
    change: { panicThreshold: 1, onFailure: "quiesce" },
    effective: "1:0 2:5",
    quorumMet: false,
    kept: "10.0.0.2:80",
  },
  {
    name: "a healthy one counts first",
    desired: "1:5 2:5 3:5",
    health: "uuh",
    current: "1:5 2:5 3:5",
    change: { panicThreshold: 2 },
    effective: "1:5 3:5",
    kept: "10.0.0.1:80",
  },
  {
    name: "an unhealthy one that the kernel does not have is not brought in",
    desired: "1:5 2:5",
    health: "uu",
    current: "2:5",
    change: { panicThreshold: 2 },
    effective: "2:5",
    quorumMet: false,
    kept: "10.0.0.2:80",
  },
  {
    name: "enough healthy servers need no retained one",
    desired: "1:5 2:5",
    health: "uh",
    current: "1:5 2:5",
    change: { panicThreshold: 1 },
    effective: "2:5",
  },
  {
    name: "kept servers do not stand for the quorum: the fallback is there too",
    desired: "1:5 2:5",
    health: "uu",
    current: "1:5 2:5",
    change: { panicThreshold: 1, fallback: FALLBACK },
    effective: "1:5 99:7",
    quorumMet: false,
    kept: "10.0.0.1:80",
  },
  {
    name: "a kept server takes its configured weight",
    desired: "1:5",
    health: "u",
    current: "1:2",
    change: { panicThreshold: 1 },
    effective: "1:5",
    quorumMet: false,
    kept: "10.0.0.1:80",
  },
  {
    name: "weight 0 cannot be kept serving",
    desired: "1:0",
    health: "u",
    current: "1:5",
    change: { panicThreshold: 1 },
    effective: "",
    quorumMet: false,
  },
];

for (const { name, desired, health, current, change, effective, quorumMet = true, kept = "" } of CASES) {
  Deno.test(`effectiveService(): ${name}`, () => {
    const configured = servers(desired);
    const service = desiredService(configured, change);
    const result = effectiveService(service, {
      servers: configured.map((server, index) => ({
        server,
        health: HEALTHS[health[index] ?? ""] ?? assert.fail("no health"),
      })),
      current: servers(current),
      now: 0,
    });
    assert.equal(format(result.entry.servers), effective);
    assert.equal(result.entry.service, service.service);
    assert.equal(result.quorumMet, quorumMet);
    assert.equal(result.retained.map(formatServerId).join(" "), kept);
  });
}

Deno.test("effectiveService() adds servers without a check with their weights, and the fallback below the quorum", () => {
  const { check: _, ...unchecked } = desiredService(servers("1:5 2:0"), { quorum: atLeast(2), fallback: FALLBACK });
  const facts = { servers: unchecked.servers.map((server) => ({ server, health: "healthy" as const })) };
  const { entry } = effectiveService(unchecked, { ...facts, current: [], now: 0 });
  assert.equal(format(entry.servers), "1:5 2:0 99:7");
});

Deno.test("effectiveService() takes everything but the weight from the file", () => {
  const configured: RealServer = { ...realServer(1, 5), forward: "dr", upperThreshold: 100 };
  const facts: ServiceFacts = {
    servers: [{ server: configured, health: "unknown" }],
    current: [realServer(1, 0)],
    now: 0,
  };
  const { entry } = effectiveService(desiredService([configured]), facts);
  assert.deepEqual(entry.servers, [{ ...configured, weight: 0 }]);
});

// Everything that a service, its servers' health and the kernel can be, with few enough values that they meet.
const weight = fc.constantFrom(0, 1, 5);
const hosts = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 6 });
const scenario = fc.record({
  configured: hosts.chain((list) => fc.tuple(...list.map((host) => weight.map((value) => realServer(host, value))))),
  current: hosts.chain((list) => fc.tuple(...list.map((host) => weight.map((value) => realServer(host, value))))),
  healths: fc.array(fc.constantFrom<Health>("healthy", "unhealthy", "unknown"), { minLength: 6, maxLength: 6 }),
  onFailure: fc.constantFrom("remove" as const, "quiesce" as const),
  fallback: fc.constantFrom(undefined, FALLBACK, realServer(1, 1)),
  quorum: fc.integer({ min: 0, max: 4 }).map(atLeast),
  panicThreshold: fc.integer({ min: 0, max: 4 }),
}).map(({ configured, current, healths, fallback, ...rest }) => {
  const desired = desiredService(configured, { ...rest, ...(fallback === undefined ? {} : { fallback }) });
  const healthOf = (server: RealServer): Health => healths[Number(server.address.split(".")[3]) - 1] ?? "unknown";
  const run = (table: readonly RealServer[]): ReturnType<typeof effectiveService> =>
    effectiveService(desired, {
      servers: desired.servers.map((server) => ({ server, health: healthOf(server) })),
      current: table,
      now: 0,
    });
  return { desired, current, healthOf, run };
});

const find = (list: readonly RealServer[], server: RealServer): RealServer | undefined =>
  list.find((item) => formatServerId(item) === formatServerId(server));
const isFallback = (desired: DesiredService, server: RealServer): boolean =>
  desired.fallback !== undefined && formatServerId(desired.fallback) === formatServerId(server);

Deno.test("effectiveService() changes nothing in the table that it decided", () => {
  fc.assert(
    fc.property(scenario, ({ current, run, desired }) => {
      // A real server that is its own fallback counts as serving once it is in; the rest of the world stands still.
      fc.pre(!desired.servers.some((server) => isFallback(desired, server)));
      const first = run(current);
      assert.deepEqual(run(first.entry.servers), first);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("effectiveService() adds and removes no server of unknown health", () => {
  fc.assert(
    fc.property(scenario, ({ desired, current, healthOf, run }) => {
      const { entry } = run(current);
      for (const server of desired.servers) {
        if (healthOf(server) !== "unknown" || isFallback(desired, server)) continue;
        const before = find(current, server);
        const after = find(entry.servers, server);
        assert.equal(after === undefined, before === undefined);
        if (server.weight > 0) assert.equal(after?.weight === 0, before?.weight === 0);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("effectiveService() never empties a service that has a panic threshold and servers that serve", () => {
  fc.assert(
    fc.property(scenario, ({ desired, current, run }) => {
      const able = desired.servers.filter((server) => server.weight > 0 && (find(current, server)?.weight ?? 0) > 0);
      const serving = run(current).entry.servers.filter((server) => server.weight > 0);
      assert.ok(serving.length >= Math.min(desired.panicThreshold, able.length));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("effectiveService() uses the fallback exactly while the quorum is lost and no server that the file does not name serves", () => {
  fc.assert(
    fc.property(scenario, ({ desired, current, run }) => {
      const { entry, quorumMet, serving, kept } = run(current);
      assert.equal(quorumMet, serving >= desired.quorum.amount);
      if (desired.fallback === undefined) return;
      const isServed = current.some((server) =>
        server.weight > 0 && kept.some(({ address }) => address === server.address)
      );
      if (!quorumMet && !isServed) assert.deepEqual(entry.servers.at(-1), desired.fallback);
      else if (!find(desired.servers, desired.fallback)) assert.equal(find(entry.servers, desired.fallback), undefined);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("effectiveService() takes no server that the file does not name out of use before the file's own are known to serve", () => {
  fc.assert(
    fc.property(scenario, ({ desired, current, healthOf, run }) => {
      const { entry, quorumMet } = run(current);
      const isProven = quorumMet && desired.servers.every((server) => healthOf(server) !== "unknown");
      if (desired.servers.length === 0 || isProven) return;
      for (const server of current) {
        if (find(desired.servers, server) !== undefined || isFallback(desired, server)) continue;
        assert.deepEqual(find(entry.servers, server), server);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("effectiveService() has every healthy server with its weight, and no server twice", () => {
  fc.assert(
    fc.property(scenario, ({ desired, current, healthOf, run }) => {
      const { servers } = run(current).entry;
      assert.equal(new Set(servers.map(formatServerId)).size, servers.length);
      for (const server of desired.servers) {
        if (healthOf(server) !== "healthy" || isFallback(desired, server)) continue;
        assert.deepEqual(find(servers, server), server);
      }
    }),
    { numRuns: 1000 },
  );
});

/** Further facts: agents, overrides, and the record of the last pass. */
const knowledge = fc.record({
  agents: fc.array(
    fc.option(
      fc.record({
        percent: fc.constantFrom(0, 1, 50, 100, 200),
        health: fc.constantFrom("up" as const, "down" as const),
        mode: fc.constantFrom("ready" as const, "drain" as const, "maint" as const),
      }),
      { nil: undefined },
    ),
    { minLength: 6, maxLength: 6 },
  ),
  overrides: fc.array(fc.option(fc.constantFrom("maint" as const, 0, 3), { nil: undefined }), {
    minLength: 6,
    maxLength: 6,
  }),
  quorum: fc.constantFrom(undefined, "met" as const, "lost" as const),
  hysteresis: fc.constantFrom(0, 1),
  out: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  drainMs: fc.constantFrom(undefined, 5000),
});

Deno.test("effectiveService() changes nothing in the table that it decided, with any agents and overrides, and keeps maintenance", () => {
  fc.assert(
    fc.property(scenario, knowledge, ({ desired: plain, current, healthOf }, known) => {
      fc.pre(!plain.servers.some((server) => isFallback(plain, server)));
      const desired: DesiredService = {
        ...plain,
        agent: { type: "tcp", intervalMs: 1000, timeoutMs: 500 },
        slowStart: { durationMs: 10_000, fromPercent: 10 },
        quorum: { ...plain.quorum, hysteresis: Math.min(known.hysteresis, Math.max(0, plain.quorum.amount - 1)) },
        ...(known.drainMs === undefined ? {} : { drainMs: known.drainMs }),
      };
      const host = ({ address }: Pick<RealServer, "address">): number => Number(address.split(".")[3]) - 1;
      const before: RememberedService = {
        ...(known.quorum === undefined ? {} : { quorum: known.quorum }),
        servers: Object.fromEntries(
          plain.servers.map((server) => [formatServerId(server), known.out[host(server)] ? { outOfUse: true } : {}]),
        ),
      };
      const overriddenWeight = (server: Pick<RealServer, "address">): Override["weight"] | undefined =>
        known.overrides[host(server)];
      const override = (server: Pick<RealServer, "address">): Override | undefined => {
        const weight = overriddenWeight(server);
        return weight === undefined ? undefined : { address: server.address, weight, at: 0 };
      };
      const run = (table: readonly RealServer[], remembered: RememberedService): ReturnType<typeof effectiveService> =>
        effectiveService(desired, {
          servers: desired.servers.map((server) => ({
            server,
            health: healthOf(server),
            agent: known.agents[host(server)],
            override: override(server),
          })),
          fallbackOverride: desired.fallback === undefined ? undefined : override(desired.fallback),
          current: table,
          remembered,
          connections: new Map(table.map((server) => [formatServerId(server), 1])),
          now: 1000,
        });
      const first = run(current, before);
      const second = run(first.entry.servers, first.remembered);
      assert.deepEqual(second.entry, first.entry);
      assert.deepEqual(second.remembered, first.remembered);
      for (const server of desired.servers) {
        const { weight } = find(first.entry.servers, server) ?? {};
        if (overriddenWeight(server) === "maint") assert.equal(weight, 0);
        if (overriddenWeight(server) === 3) assert.ok(weight === undefined || weight === 3 || weight === 0);
      }
    }),
    { numRuns: 2000 },
  );
});
