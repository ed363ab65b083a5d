import assert from "node:assert/strict";
import fc from "fast-check";
import { advanceAgent, FRESH_AGENT_STATE } from "../../../../../core/health/agents/state.ts";
import { readAgentState } from "../../../../../core/health/agents/state_reader.ts";
import { toAgentJob } from "../../../../../core/health/agents/job.ts";
import { AgentRecords, type AgentResult, type AgentState } from "../../../../../core/health/mod.ts";
import { type Agent, type AgentAnswer, DEFAULT_AGENT_TIMING, parseIpAddress } from "../../../../../core/model/mod.ts";

const server = { address: parseIpAddress("10.0.0.1"), port: 80 };
const agent: Agent = { type: "tcp", port: 8081, ...DEFAULT_AGENT_TIMING };

function said(answer: AgentAnswer): AgentResult {
  return { ok: true, latencyMs: 1, answer, detail: "" };
}

const SILENT: AgentResult = { ok: false, latencyMs: 1, reason: "connection refused (ECONNREFUSED)" };

/** The states that results lead to, the first at the moment 1. */
function states(...results: readonly AgentResult[]): AgentState[] {
  let state = FRESH_AGENT_STATE;
  return results.map((result, index) => state = advanceAgent(state, result, { at: index + 1 }).state);
}

Deno.test("advanceAgent() leaves what an answer does not speak of", () => {
  const [half, drained, up] = states(said({ percent: 50 }), said({ mode: "drain" }), said({ health: "up" }));
  assert.deepEqual(half, { percent: 50, health: "up", mode: "ready", since: 1, answeredAt: 1 });
  assert.deepEqual(drained, { percent: 50, health: "up", mode: "drain", since: 2, answeredAt: 2 });
  assert.deepEqual(up, { percent: 50, health: "up", mode: "drain", since: 2, answeredAt: 3 });
});

Deno.test("advanceAgent() ends down by up, and drain and maint by ready", () => {
  const all = states(
    said({ health: "down", reason: "full" }),
    said({ mode: "maint" }),
    said({ mode: "ready" }),
    said({ health: "up" }),
  );
  assert.deepEqual(all.map(({ health, mode, reason }) => [health, mode, reason]), [
    ["down", "ready", "full"],
    ["down", "maint", undefined],
    ["down", "ready", undefined],
    ["up", "ready", undefined],
  ]);
});

Deno.test("advanceAgent() keeps a reason until more than a percentage is said", () => {
  const all = states(said({ health: "down", reason: "full" }), said({ percent: 10 }), said({ health: "up" }));
  assert.deepEqual(all.map(({ reason }) => reason), ["full", "full", undefined]);
});

Deno.test("advanceAgent() lets silence change nothing, and remembers it until the next answer", () => {
  const all = states(said({ percent: 20, mode: "drain" }), SILENT, SILENT, said({ percent: 20 }));
  assert.deepEqual(all[2], {
    percent: 20,
    health: "up",
    mode: "drain",
    since: 1,
    answeredAt: 1,
    silent: { since: 2, reason: "connection refused (ECONNREFUSED)" },
  });
  assert.equal(all[3]?.silent, undefined);
  assert.equal(all[3]?.since, 1);
  assert.deepEqual(
    advanceAgent(FRESH_AGENT_STATE, { ...SILENT, inconclusive: true }, { at: 1 }).state,
    FRESH_AGENT_STATE,
  );
});

Deno.test("advanceAgent() tells whether anything is another", () => {
  assert.equal(advanceAgent(FRESH_AGENT_STATE, said({ percent: 100, health: "up" }), { at: 1 }).changed, false);
  assert.equal(advanceAgent(FRESH_AGENT_STATE, said({ percent: 99 }), { at: 1 }).changed, true);
  assert.equal(advanceAgent(FRESH_AGENT_STATE, SILENT, { at: 1 }).changed, false);
});

Deno.test("AgentRecords survives a trip through a file", () => {
  const records = new AgentRecords();
  records.record(toAgentJob(server, agent), said({ percent: 20, mode: "drain", reason: "x" }), { at: 5 });
  records.record(toAgentJob(server, agent), SILENT, { at: 6 });
  const restored = AgentRecords.fromJson(JSON.parse(JSON.stringify(records)));
  assert.deepEqual(restored.toJSON(), records.toJSON());
  assert.equal(restored.state(toAgentJob(server, agent).key).percent, 20);
  assert.equal(restored.state(undefined), FRESH_AGENT_STATE);
});

Deno.test("AgentRecords.retain() forgets other agents, but not what one said that is now asked at other times", () => {
  const records = new AgentRecords();
  records.record(toAgentJob(server, agent), said({ percent: 20 }), { at: 5 });
  records.record(toAgentJob(server, { ...agent, port: 9 }), said({ percent: 30 }), { at: 5 });
  const slower: Agent = { ...agent, intervalMs: 60_000 };
  records.retain([toAgentJob(server, slower)]);
  assert.equal(records.state(toAgentJob(server, slower).key).percent, 20);
  assert.equal(records.state(toAgentJob(server, { ...agent, port: 9 }).key), FRESH_AGENT_STATE);
});

for (
  const value of [null, [], "x", { version: 2, states: {} }, { version: 1, states: { a: { percent: -1 } } }, {
    version: 1,
    states: { a: { ...FRESH_AGENT_STATE, since: 1, mood: 1 } },
  }, { version: 1, states: { a: { ...FRESH_AGENT_STATE, silent: { since: 1 } } } }]
) {
  Deno.test(`AgentRecords.fromJson() takes ${JSON.stringify(value)} as empty`, () => {
    assert.deepEqual(AgentRecords.fromJson(value).toJSON(), { version: 1, states: {} });
  });
}

Deno.test("readAgentState() never throws", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.doesNotThrow(() => readAgentState(value));
  }));
});
