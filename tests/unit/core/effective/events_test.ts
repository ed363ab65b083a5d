import assert from "node:assert/strict";
import {
  type AgentReport,
  effectiveService,
  type RememberedService,
  type ServerFacts,
  serviceEvents,
  stillLasts,
} from "../../../../core/effective/mod.ts";
import { DEFAULT_QUORUM, DEFAULT_TIMING, type DesiredService } from "../../../../core/model/mod.ts";
import { event } from "../../../support/notifications.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const SERVER = { server: "10.0.0.1:80" };

const CASES: readonly (readonly [
  kind: Parameters<typeof event>[0],
  remembered: RememberedService | undefined,
  lasts: boolean | undefined,
])[] = [
  ["server_down", undefined, undefined],
  ["server_down", { servers: {} }, undefined],
  ["server_down", { servers: { "10.0.0.1:80": {} }, quorum: "met" }, undefined],
  ["server_down", { servers: { "10.0.0.1:80": { health: "unhealthy" } } }, true],
  ["server_down", { servers: { "10.0.0.1:80": { health: "healthy" } } }, false],
  ["quorum_down", { servers: {} }, undefined],
  ["quorum_down", { servers: {}, quorum: "lost" }, true],
  ["quorum_down", { servers: {}, quorum: "met" }, false],
  ["fallback_on", { servers: {} }, undefined],
  ["fallback_on", { servers: {}, quorum: "lost", fallback: true }, true],
  ["fallback_on", { servers: {}, quorum: "met" }, false],
  ["warning", { servers: { "10.0.0.1:80": { health: "healthy" } }, quorum: "met" }, undefined],
];

for (const [kind, remembered, lasts] of CASES) {
  Deno.test(`stillLasts() is ${lasts} for ${kind} with ${JSON.stringify(remembered)}`, () => {
    assert.equal(stillLasts(event(kind, SERVER), remembered), lasts);
  });
}

const DOWN: AgentReport = { percent: 100, health: "down", mode: "ready" };

/** The reasons of the server events of a service with one server, at its first pass and after it came back. */
function reasons(facts: Omit<ServerFacts, "server">, isChecked = true): readonly string[] {
  const server = realServer("10.0.0.1:80");
  const desired: DesiredService = {
    service: virtualService("tcp://192.0.2.1:80"),
    servers: [server],
    ...(isChecked ? { check: { type: "tcp", ...DEFAULT_TIMING } } : {}),
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
  };
  const first = effectiveService(desired, { servers: [{ server, ...facts }], current: [], now: 1 });
  const back = { ...facts, health: "healthy" as const, agent: undefined };
  const { remembered } = first;
  const second = effectiveService(desired, { servers: [{ server, ...back }], current: [], remembered, now: 2 });
  const events = [
    ...serviceEvents(desired, { effective: first, before: undefined, at: 1 }),
    ...serviceEvents(desired, { effective: second, before: remembered, at: 2 }),
  ];
  return events.filter(({ server }) => server !== undefined).map(({ kind, reason }) => `${kind}: ${reason}`);
}

Deno.test("serviceEvents() gives the last result of the check as the reason, or else the health", () => {
  assert.deepEqual(reasons({ health: "unhealthy", lastResult: "refused" }), [
    "server_down: refused",
    "server_up: refused",
  ]);
  assert.deepEqual(reasons({ health: "unhealthy" }), ["server_down: unhealthy", "server_up: healthy"]);
});

Deno.test("serviceEvents() gives the agent's report as the reason if the agent reports down", () => {
  assert.deepEqual(reasons({ health: "healthy", lastResult: "connected", agent: { ...DOWN, reason: "disk full" } }), [
    "server_down: its agent reports down: disk full",
    "server_up: connected",
  ]);
  assert.deepEqual(reasons({ health: "healthy", agent: DOWN }, false), [
    "server_down: its agent reports down",
    "server_up: it has no check",
  ]);
});
