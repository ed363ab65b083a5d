import assert from "node:assert/strict";
import type { RememberedService, ServiceFacts } from "../../../../core/effective/mod.ts";
import { factsFrom, type HealthKernel, type Knowledge } from "../../../../core/follow/mod.ts";
import { AgentRecords, HealthRecords, JobTable } from "../../../../core/health/mod.ts";
import {
  DEFAULT_AGENT_TIMING,
  DEFAULT_QUORUM,
  type DesiredService,
  formatServiceId,
  type Override,
  type ProbeResult,
} from "../../../../core/model/mod.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const [A, B] = ["10.0.0.11:80", "10.0.0.12:80"];
const { id } = virtualService(WEB);
const CHECK = { type: "tcp", intervalMs: 1000, timeoutMs: 500, rise: 1, fall: 1 } as const;
const PASS: ProbeResult = { ok: true, latencyMs: 1, detail: "connected", weight: 7 };

function web(properties: Partial<DesiredService> = {}): DesiredService {
  return {
    service: virtualService(WEB),
    servers: [realServer(A), realServer(B)],
    check: CHECK,
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...properties,
  };
}

/** What is known about one service before the first result. */
function knowledgeOf(service: DesiredService, change: Partial<Knowledge> = {}): Knowledge {
  return {
    jobs: new JobTable([service]),
    records: new HealthRecords(),
    agents: new AgentRecords(),
    overrides: [],
    remembered: new Map(),
    now: 1000,
    ...change,
  };
}

/** A kernel that has the service with both servers; how often the connections were counted. */
function kernel(weight: number): { readonly kernel: HealthKernel; readonly counts: string[] } {
  const memory = memoryKernel({});
  const client = memory.openClient();
  client.addService(virtualService(WEB));
  for (const server of [A, B]) client.addServer(id, realServer(server, { weight }));
  memory.setTraffic(Array<bigint>(10).fill(0n), [2, 3, 0]);
  const counts: string[] = [];
  const counted: HealthKernel = {
    services: () => client.services(),
    servers: (of) => client.servers(of),
    execute: (changes) => client.execute(changes),
    getTimeouts: () => client.getTimeouts(),
    syncDaemons: () => client.syncDaemons(),
    countedServers: (of) => {
      counts.push(formatServiceId(of));
      return client.countedServers(of);
    },
  };
  return { kernel: counted, counts };
}

function facts(service: DesiredService, knowledge: Knowledge, weight = 1): ServiceFacts {
  return factsFrom(kernel(weight).kernel, knowledge)(service);
}

Deno.test("factsFrom() has health, last result and requested weight of each server, in the order of the file", () => {
  const service = web();
  const knowledge = knowledgeOf(service);
  const [first] = knowledge.jobs.probes;
  assert.ok(first);
  knowledge.records.record(first, PASS, { at: 1 });
  const { servers, current } = facts(service, knowledge);
  assert.deepEqual(
    servers.map(({ server, health, lastResult, requestedWeight }) => [
      server.address,
      health,
      lastResult,
      requestedWeight,
    ]),
    [["10.0.0.11", "healthy", "connected", 7], ["10.0.0.12", "unknown", undefined, undefined]],
  );
  assert.equal(current.length, 2);
});

Deno.test("factsFrom() calls a result stale after two rounds of its check", () => {
  const service = web();
  const knowledge = knowledgeOf(service);
  const [first] = knowledge.jobs.probes;
  assert.ok(first);
  knowledge.records.record(first, PASS, { at: 1000 });
  const rounds = 2 * (CHECK.intervalMs + CHECK.timeoutMs);
  const staleAt = (now: number): (boolean | undefined)[] =>
    facts(service, { ...knowledge, now }).servers.map(({ isStale }) => isStale);
  assert.deepEqual(staleAt(1000 + rounds), [false, true]);
  assert.deepEqual(staleAt(1001 + rounds), [true, true]);
  const { check: _, ...unchecked } = service;
  assert.deepEqual(facts(unchecked, knowledgeOf(unchecked)).servers.map(({ isStale }) => isStale), [false, false]);
});

Deno.test("factsFrom() takes a server without a check as healthy, and a service that the kernel lacks as empty", () => {
  const { check: _, ...service } = web({ service: virtualService("tcp://192.0.2.11:80") });
  const { servers, current } = facts(service, knowledgeOf(service));
  assert.deepEqual(servers.map(({ health }) => health), ["healthy", "healthy"]);
  assert.deepEqual(current, []);
});

Deno.test("factsFrom() has an agent's report once the agent has answered or failed to", () => {
  const service = web({ agent: { type: "tcp", ...DEFAULT_AGENT_TIMING, port: 8081 } });
  const knowledge = knowledgeOf(service);
  const [first] = knowledge.jobs.agents;
  assert.ok(first);
  assert.deepEqual(facts(service, knowledge).servers.map(({ agent }) => agent), [undefined, undefined]);
  knowledge.agents.record(first, { ok: false, latencyMs: 1, reason: "refused" }, { at: 1 });
  assert.deepEqual(facts(service, knowledge).servers.map(({ agent }) => agent?.percent), [100, undefined]);
});

Deno.test("factsFrom() has active overrides of servers and of the fallback, and the record of the last pass", () => {
  const service = web({ fallback: realServer("10.0.0.99:80") });
  const override = (server: string, until: number): Override => (
    { address: realServer(server).address, weight: 3, at: 0, until }
  );
  const record: RememberedService = { servers: {}, quorum: "met" };
  const result = facts(
    service,
    knowledgeOf(service, {
      overrides: [override(A, 2000), override(B, 500), override("10.0.0.99:80", 2000)],
      remembered: new Map([[WEB, record]]),
    }),
  );
  assert.deepEqual(result.servers.map(({ override }) => override?.weight), [3, undefined]);
  assert.equal(result.fallbackOverride?.weight, 3);
  assert.equal(result.remembered, record);
});

Deno.test("factsFrom() counts connections only of servers that drain, less those known to be closed", () => {
  const draining = web({ servers: [realServer(A)], drainMs: 1000 });
  const at0 = kernel(0);
  const ends = (): { readonly closed: number; readonly open: number } => ({ closed: 2, open: 1 });
  const knowledge = knowledgeOf(draining, { ends });
  assert.deepEqual(factsFrom(at0.kernel, knowledge)(draining).connections, new Map([[B, 3]]));
  assert.deepEqual(at0.counts, [WEB]);
  for (
    const [service, weight] of [
      [draining, 1],
      [web({ drainMs: 1000 }), 0],
      [web({ servers: [realServer(A)], drainMs: 0 }), 0],
      [web({ servers: [realServer(A)], fallback: realServer(B), drainMs: 1000 }), 0],
    ] as const
  ) {
    const other = kernel(weight);
    assert.equal(factsFrom(other.kernel, knowledgeOf(service))(service).connections, undefined);
    assert.deepEqual(other.counts, []);
  }
});

Deno.test("factsFrom() has no connections from a kernel that counts none", () => {
  const service = web({ servers: [realServer(A)], drainMs: 1000 });
  const { countedServers: _, ...uncounted } = kernel(0).kernel;
  assert.equal(factsFrom(uncounted, knowledgeOf(service))(service).connections, undefined);
});
