import assert from "node:assert/strict";
import {
  type AgentReport,
  type EffectiveService,
  effectiveService,
  readRememberedServices,
  type RememberedService,
  serviceEvents,
  type ServiceFacts,
  storeRememberedServices,
} from "../../../../core/effective/mod.ts";
import {
  DEFAULT_AGENT_TIMING,
  DEFAULT_QUORUM,
  DEFAULT_TIMING,
  type DesiredService,
  formatServerId,
  type Health,
  type Override,
  parseIpAddress,
  type RealServer,
} from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const [A, B, C] = ["10.0.0.11:80", "10.0.0.12:80", "10.0.0.13:80"];
const FALLBACK = realServer("10.0.0.99:80");
const AGENT = { type: "tcp", ...DEFAULT_AGENT_TIMING, port: 8081 } as const;
const READY: AgentReport = { percent: 100, health: "up", mode: "ready" };

function web(properties: Partial<DesiredService> = {}): DesiredService {
  return {
    service: virtualService(WEB),
    servers: [realServer(A, { weight: 10 }), realServer(B, { weight: 10 })],
    check: { type: "tcp", ...DEFAULT_TIMING },
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...properties,
  };
}

function override(server: string, weight: Override["weight"], rest: Partial<Override> = {}): Override {
  return { address: parseIpAddress(server.replace(/:\d+$/, "")), weight, at: 0, ...rest };
}

/** A service in pass after pass; the table follows at once. */
class Watched {
  readonly health: Record<string, Health> = {};
  readonly agents: Record<string, AgentReport> = {};
  readonly connections: Record<string, number> = {};
  overrides: readonly Override[] = [];
  table: readonly RealServer[] = [];
  remembered: RememberedService | undefined;
  now = 0;
  /** Whether the results of the checks are those of an earlier daemon. */
  isStale = false;

  look(desired: DesiredService): { readonly effective: EffectiveService; readonly events: readonly string[] } {
    const facts: ServiceFacts = {
      servers: desired.servers.map((server) => ({
        server,
        health: this.health[formatServerId(server)] ?? "healthy",
        isStale: this.isStale,
        agent: desired.agent === undefined ? undefined : this.agents[formatServerId(server)],
        override: this.overrides.find(({ address, until = Infinity }) =>
          address === server.address && this.now < until
        ),
      })),
      current: this.table,
      remembered: this.remembered,
      connections: new Map(
        this.table.map((server) => [formatServerId(server), this.connections[formatServerId(server)] ?? 0]),
      ),
      now: this.now,
    };
    const effective = effectiveService(desired, facts);
    const events = serviceEvents(desired, { effective, before: this.remembered, at: this.now })
      .map(({ kind, server }) => server === undefined ? kind : `${kind} ${server.address}`);
    this.table = effective.entry.servers;
    // The record survives a trip through a file.
    const stored = storeRememberedServices(new Map([["web", effective.remembered]]));
    this.remembered = readRememberedServices(JSON.parse(JSON.stringify(stored))).get("web");
    return { effective, events };
  }

  weights(desired: DesiredService): Record<string, number> {
    this.look(desired);
    return Object.fromEntries(this.table.map((server) => [formatServerId(server), server.weight]));
  }
}

Deno.test("effectiveService(): a recovered server grows from its first share to its weight, with the time of each step", () => {
  const service = web({ slowStart: { durationMs: 10_000, fromPercent: 20 } });
  const watched = new Watched();
  assert.deepEqual(watched.weights(service), { [A]: 10, [B]: 10 }, "not at the first look");
  watched.health[A] = "unhealthy";
  watched.now = 1000;
  assert.deepEqual(watched.weights(service), { [B]: 10 });
  watched.health[A] = "healthy";
  watched.now = 2000;
  assert.deepEqual(watched.weights(service), { [A]: 2, [B]: 10 });
  assert.equal(watched.look(service).effective.nextAt, 2500);
  watched.now = 7000;
  assert.deepEqual(watched.weights(service), { [A]: 6, [B]: 10 });
  watched.now = 12_000;
  assert.deepEqual(watched.weights(service), { [A]: 10, [B]: 10 });
  assert.equal(watched.look(service).effective.nextAt, undefined);
});

Deno.test("effectiveService(): a slow start begins again when the time of day is set back", () => {
  const service = web({ slowStart: { durationMs: 10_000, fromPercent: 20 } });
  const watched = new Watched();
  watched.health[A] = "unhealthy";
  watched.look(service);
  watched.health[A] = "healthy";
  watched.now = 1_000_000;
  watched.look(service);
  watched.now = 5000;
  assert.equal(watched.weights(service)[A], 2);
  watched.now = 15_000;
  assert.equal(watched.weights(service)[A], 10);
});

Deno.test("effectiveService(): a server in slow start counts for the quorum with its full weight", () => {
  const quorum = { unit: "weight", amount: 20, hysteresis: 0 } as const;
  const service = web({ slowStart: { durationMs: 10_000, fromPercent: 10 }, quorum, fallback: FALLBACK });
  const watched = new Watched();
  watched.health[A] = "unhealthy";
  assert.equal(watched.look(service).effective.quorumMet, false);
  watched.health[A] = "healthy";
  assert.deepEqual(watched.weights(service), { [A]: 1, [B]: 10 });
});

Deno.test("effectiveService(): the quorum is gained above and lost below its hysteresis", () => {
  const servers = [A, B, C, "10.0.0.14:80"].map((server) => realServer(server));
  const service = web({ servers, quorum: { unit: "servers", amount: 2, hysteresis: 1 } });
  const watched = new Watched();
  const met = (healthy: number): boolean => {
    servers.forEach((server, index) => {
      watched.health[formatServerId(server)] = index < healthy ? "healthy" : "unhealthy";
    });
    return watched.look(service).effective.quorumMet;
  };
  assert.deepEqual([4, 3, 2, 1, 0, 1, 2, 3, 2].map(met), [true, true, true, true, false, false, false, true, true]);
});

Deno.test("effectiveService(): agents scale weights, drain servers, and report them down", () => {
  const service = web({ agent: AGENT, onFailure: "quiesce" });
  const watched = new Watched();
  watched.agents[A] = { ...READY, percent: 25 };
  watched.agents[B] = READY;
  assert.deepEqual(watched.weights(service), { [A]: 3, [B]: 10 });
  watched.agents[A] = { ...READY, mode: "drain" };
  assert.deepEqual(watched.weights(service), { [A]: 0, [B]: 10 });
  watched.agents[A] = { ...READY, health: "down", reason: "disk full" };
  const { effective, events } = watched.look(service);
  assert.deepEqual([effective.servers[0]?.health, effective.servers[0]?.weight], ["unhealthy", 0]);
  assert.deepEqual(events, ["server_down 10.0.0.11"]);
});

Deno.test("effectiveService(): the kernel's weight stays until the agent has reported", () => {
  const service = web({ agent: AGENT });
  const watched = new Watched();
  watched.table = [realServer(A, { weight: 4 })];
  assert.deepEqual(watched.weights(service), { [A]: 4, [B]: 10 });
  watched.agents[A] = READY;
  assert.deepEqual(watched.weights(service), { [A]: 10, [B]: 10 });
});

Deno.test("effectiveService(): an override's weight counts until it expires, and not for an unhealthy server", () => {
  const service = web();
  const watched = new Watched();
  watched.overrides = [override(A, 3, { until: 5000 })];
  assert.deepEqual(watched.weights(service), { [A]: 3, [B]: 10 });
  assert.equal(watched.look(service).effective.nextAt, 5000);
  watched.health[A] = "unhealthy";
  assert.deepEqual(watched.weights(service), { [B]: 10 });
  watched.health[A] = "healthy";
  watched.now = 5000;
  assert.deepEqual(watched.weights(service), { [A]: 10, [B]: 10 });
});

Deno.test("effectiveService(): a server in maintenance stays with weight 0 at any health, and panic never retains it", () => {
  const service = web({ panicThreshold: 2, slowStart: { durationMs: 10_000, fromPercent: 10 } });
  const watched = new Watched();
  watched.look(service);
  watched.overrides = [override(A, "maint")];
  for (const health of ["healthy", "unhealthy", "unknown"] as const) {
    watched.health[A] = health;
    assert.deepEqual(watched.weights(service), { [A]: 0, [B]: 10 }, health);
  }
  watched.health[A] = "healthy";
  watched.overrides = [];
  assert.deepEqual(watched.weights(service), { [A]: 1, [B]: 10 }, "it comes back by a slow start");
});

Deno.test("effectiveService(): servers that the file does not name are quiesced, then removed when idle or out of time", () => {
  const both = web();
  const one = web({ servers: [realServer(A, { weight: 10 })], drainMs: 30_000 });
  const watched = new Watched();
  watched.connections[B] = 2;
  watched.look(both);
  watched.now = 1000;
  assert.deepEqual(watched.weights(one), { [A]: 10, [B]: 0 });
  watched.now = 2000;
  assert.deepEqual(watched.weights(one), { [A]: 10, [B]: 0 });
  assert.equal(watched.look(one).effective.nextAt, 3000);
  assert.deepEqual(watched.weights(both), { [A]: 10, [B]: 10 }, "a server that is named again stays");
  watched.now = 20_000;
  watched.look(one);
  watched.now = 49_999;
  assert.deepEqual(watched.weights(one), { [A]: 10, [B]: 0 });
  watched.now = 50_000;
  assert.deepEqual(watched.weights(one), { [A]: 10 }, "time is up");
});

Deno.test("effectiveService(): a draining server without connections is removed at the second pass", () => {
  const one = web({ servers: [realServer(A, { weight: 10 })], drainMs: 30_000 });
  const watched = new Watched();
  watched.table = [realServer(A, { weight: 10 }), realServer(B, { weight: 10 })];
  assert.deepEqual(watched.weights(one), { [A]: 10, [B]: 0 });
  assert.deepEqual(watched.weights(one), { [A]: 10 });
  watched.table = [realServer(A, { weight: 10 }), realServer(B, { weight: 10 })];
  assert.deepEqual(watched.weights({ ...one, drainMs: 0 }), { [A]: 10 }, "at once without drain");
});

Deno.test("effectiveService(): servers that the file does not name stay until its own are known to serve, and then drain", () => {
  const one = web({ servers: [realServer(A, { weight: 10 })], fallback: FALLBACK });
  const watched = new Watched();
  watched.table = [realServer(B, { weight: 3 }), realServer(C, { weight: 0 })];
  watched.connections[B] = 1;
  watched.health[A] = "unknown";
  assert.deepEqual(watched.weights(one), { [B]: 3, [C]: 0 }, "as they are, and no fallback beside them");
  watched.health[A] = "unhealthy";
  assert.deepEqual(watched.weights(one), { [B]: 3, [C]: 0 });
  const { kept, draining, onFallback } = watched.look(one).effective;
  assert.deepEqual([kept.map(formatServerId), draining, onFallback], [[B, C], [], false]);
  watched.health[A] = "healthy";
  assert.deepEqual(watched.weights(one), { [A]: 10, [B]: 0 }, "one that is idle at weight 0 leaves at once");
  watched.health[A] = "unhealthy";
  assert.deepEqual(watched.weights(one), { [B]: 0, "10.0.0.99:80": 1 }, "a drain that has begun continues");
  watched.now = 10_000;
  assert.deepEqual(watched.weights(one), { "10.0.0.99:80": 1 }, "after the default time");
});

Deno.test("effectiveService(): servers that the file does not name stay until a probe has repeated a stored result", () => {
  const one = web({ servers: [realServer(A, { weight: 10 })], drainMs: 0 });
  const watched = new Watched();
  watched.table = [realServer(B, { weight: 3 })];
  watched.isStale = true;
  assert.deepEqual(watched.weights(one), { [A]: 10, [B]: 3 });
  assert.equal(watched.look(one).effective.nextAt, 1000, "a result that changes nothing leads to no other decision");
  watched.isStale = false;
  assert.deepEqual(watched.weights(one), { [A]: 10 });
});

Deno.test("effectiveService(): servers that the file does not name stay while a host name of the file has no address", () => {
  const unresolved = [{ host: "web.example", reason: "Cannot resolve web.example" }];
  const one = web({ servers: [realServer(A)], drainMs: 0 });
  const watched = new Watched();
  watched.table = [realServer(A), realServer(B)];
  assert.deepEqual(watched.weights({ ...one, unresolved }), { [A]: 1, [B]: 1 });
  assert.deepEqual(watched.weights({ ...one, servers: [], unresolved }), { [A]: 1, [B]: 1 });
  assert.deepEqual(watched.weights(one), { [A]: 1 });
  assert.deepEqual(watched.weights({ ...one, servers: [] }), {}, "a file without servers wants none");
});

Deno.test("serviceEvents() reports each change once, servers before the quorum before the fallback", () => {
  const service = web({ fallback: FALLBACK });
  const watched = new Watched();
  assert.deepEqual(watched.look(service).events, []);
  watched.health[A] = "unhealthy";
  assert.deepEqual(watched.look(service).events, ["server_down 10.0.0.11"]);
  assert.deepEqual(watched.look(service).events, []);
  watched.health[B] = "unhealthy";
  assert.deepEqual(watched.look(service).events, ["server_down 10.0.0.12", "quorum_down", "fallback_on 10.0.0.99"]);
  watched.health[A] = "healthy";
  assert.deepEqual(watched.look(service).events, ["server_up 10.0.0.11", "quorum_up", "fallback_off 10.0.0.99"]);
});

Deno.test("serviceEvents() reports no unknown state, and at the first pass only bad ones", () => {
  const service = web({ fallback: FALLBACK });
  const watched = new Watched();
  watched.health[A] = watched.health[B] = "unknown";
  const { effective, events } = watched.look(service);
  // The fallback is in use while health is unknown, but a lost quorum is not reported.
  assert.deepEqual([events, effective.quorumMet, effective.remembered.quorum], [[], false, undefined]);
  watched.health[A] = "unhealthy";
  assert.deepEqual(watched.look(service).events, ["server_down 10.0.0.11"]);
  watched.health[B] = "unhealthy";
  assert.deepEqual(watched.look(service).events, ["server_down 10.0.0.12", "quorum_down", "fallback_on 10.0.0.99"]);
});

Deno.test("serviceEvents() remembers a server's last known health while it is unknown after a restart", () => {
  const service = web();
  const watched = new Watched();
  watched.health[A] = "unhealthy";
  watched.look(service);
  watched.health[A] = "unknown";
  assert.deepEqual(watched.look(service).events, []);
  watched.health[A] = "healthy";
  assert.deepEqual(watched.look(service).events, ["server_up 10.0.0.11"]);
});
