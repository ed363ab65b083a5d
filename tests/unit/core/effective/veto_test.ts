import assert from "node:assert/strict";
import fc from "fast-check";
import {
  effectiveService,
  explainWeight,
  readRememberedServices,
  type RememberedService,
  type ServerFacts,
  serviceEvents,
  storeRememberedServices,
} from "../../../../core/effective/mod.ts";
import { DEFAULT_QUORUM, type DesiredService, formatServerId, type RealServer } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const LIMIT_MS = 60_000;
const VOUCH = { directors: 2, limitMs: LIMIT_MS };
const [A, B] = [realServer("10.0.0.11:80", { weight: 5 }), realServer("10.0.0.12:80", { weight: 3 })];
const FALLBACK = realServer("10.0.0.99:80");

function service(change: Partial<DesiredService> = {}): DesiredService {
  return {
    service: virtualService("tcp://192.0.2.10:80"),
    servers: [A, B],
    check: { type: "tcp", intervalMs: 1000, timeoutMs: 500, rise: 2, fall: 2 },
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...change,
  };
}

/** The decision about A, which is unhealthy, and B, which is healthy unless the facts say otherwise. */
function decide(
  a: Partial<ServerFacts>,
  { b = {}, current = [A, B], remembered, now = 0, change = {} }: {
    readonly b?: Partial<ServerFacts>;
    readonly current?: readonly RealServer[];
    readonly remembered?: RememberedService;
    readonly now?: number;
    readonly change?: Partial<DesiredService>;
  } = {},
): ReturnType<typeof effectiveService> {
  return effectiveService(service(change), {
    servers: [{ server: A, health: "unhealthy", ...a }, { server: B, health: "healthy", ...b }],
    current,
    remembered,
    now,
  });
}

function table({ entry }: ReturnType<typeof effectiveService>): Readonly<Record<string, number>> {
  return Object.fromEntries(entry.servers.map((server) => [formatServerId(server), server.weight]));
}

const [IDA, IDB, IDF] = [A, B, FALLBACK].map(formatServerId) as [string, string, string];

Deno.test("a veto keeps a server of the table with its weight, also where it would be quiesced", () => {
  assert.deepEqual(table(decide({})), { [IDB]: 3 });
  for (const onFailure of ["remove", "quiesce"] as const) {
    const decision = decide({ vouch: VOUCH }, { change: { onFailure } });
    assert.deepEqual(table(decision), { [IDA]: 5, [IDB]: 3 });
    assert.deepEqual(decision.servers.map(({ parts }) => parts.keptBy), [2, undefined]);
  }
  const [kept] = decide({ vouch: { ...VOUCH, directors: 1 } }).servers;
  assert.deepEqual(explainWeight(kept?.parts ?? assert.fail()), ["kept because 1 other director reaches it"]);
});

Deno.test("the event of a server that others keep says so", () => {
  const effective = decide({ vouch: VOUCH, lastResult: "connection refused" });
  const events = serviceEvents(service(), { effective, before: undefined, at: 0 });
  assert.deepEqual(events.map(({ kind, reason, weight }) => [kind, reason, weight]), [
    ["server_down", "connection refused; kept because 2 other directors reach it", 5],
  ]);
});

Deno.test("a veto adds no server: one that is out or quiesced stays so", () => {
  assert.deepEqual(table(decide({ vouch: VOUCH }, { current: [B] })), { [IDB]: 3 });
  const quiesced = [{ ...A, weight: 0 }, B];
  const change = { onFailure: "quiesce" } as const;
  assert.deepEqual(table(decide({ vouch: VOUCH }, { current: quiesced, change })), { [IDA]: 0, [IDB]: 3 });
});

Deno.test("a veto concerns only the check of this director: agents and maintenance are obeyed", () => {
  const agent = { percent: 100, health: "down", mode: "ready" } as const;
  assert.deepEqual(table(decide({ vouch: VOUCH, agent })), { [IDB]: 3 });
  assert.deepEqual(table(decide({ vouch: VOUCH, health: "healthy", agent })), { [IDB]: 3 });
  const override = { address: A.address, weight: "maint", at: 0 } as const;
  assert.deepEqual(table(decide({ vouch: VOUCH, override })), { [IDA]: 0, [IDB]: 3 });
});

Deno.test("a veto ends at its limit, which lasts over restarts and begins anew after the server was healthy", () => {
  const first = decide({ vouch: VOUCH }, { now: 1000 });
  assert.equal(first.nextAt, 1000 + LIMIT_MS);
  const name = "tcp://192.0.2.10:80";
  const stored: unknown = JSON.parse(JSON.stringify(storeRememberedServices(new Map([[name, first.remembered]]))));
  const remembered = readRememberedServices(stored).get(name) ?? assert.fail();
  const late = { remembered, now: 999 + LIMIT_MS };
  assert.deepEqual(table(decide({ vouch: VOUCH }, late)), { [IDA]: 5, [IDB]: 3 });
  const ended = decide({ vouch: VOUCH }, { remembered, now: 1000 + LIMIT_MS });
  assert.deepEqual(table(ended), { [IDB]: 3 });
  // A kernel that refused the removal gives it no second time.
  const refused = { remembered: ended.remembered, now: 1000 + 2 * LIMIT_MS };
  assert.deepEqual(table(decide({ vouch: VOUCH }, refused)), { [IDB]: 3 });
  const healthy = decide({ health: "healthy" }, { remembered: ended.remembered, now: 3 * LIMIT_MS });
  const again = { remembered: healthy.remembered, now: 3 * LIMIT_MS };
  assert.deepEqual(table(decide({ vouch: VOUCH }, again)), { [IDA]: 5, [IDB]: 3 });
});

Deno.test("while the verdicts of others are not known yet, what they kept before lasts within its limit, and nothing else", () => {
  const unknown = { ...VOUCH, directors: 0 };
  assert.deepEqual(table(decide({ vouch: unknown })), { [IDB]: 3 });
  const { remembered } = decide({ vouch: VOUCH }, { now: 1000 });
  const kept = decide({ vouch: unknown }, { remembered, now: 2000 });
  assert.deepEqual([table(kept), kept.nextAt], [{ [IDA]: 5, [IDB]: 3 }, 1000 + LIMIT_MS]);
  const [server = assert.fail()] = kept.servers;
  assert.deepEqual(explainWeight(server.parts), ["kept until the verdicts of other directors are known"]);
  assert.deepEqual(table(decide({ vouch: unknown }, { remembered, now: 1000 + LIMIT_MS })), { [IDB]: 3 });
  assert.deepEqual(table(decide({ vouch: unknown }, { remembered, current: [B] })), { [IDB]: 3 });
});

Deno.test("a veto that pauses has no more time than its limit, also after the time of day was set back", () => {
  const first = decide({ vouch: VOUCH }, { now: 10_000 });
  const paused = decide({}, { remembered: first.remembered, now: 20_000 });
  assert.deepEqual(table(paused), { [IDB]: 3 });
  const resumed = { remembered: paused.remembered, now: 10_000 + LIMIT_MS };
  assert.deepEqual(table(decide({ vouch: VOUCH }, resumed)), { [IDB]: 3 });
  const back = decide({ vouch: VOUCH }, { remembered: first.remembered, now: 5000 });
  assert.equal(back.nextAt, 5000 + LIMIT_MS);
});

Deno.test("a veto does not count for the quorum, and keeps the fallback away as long as it suffices", () => {
  const change = { fallback: FALLBACK };
  const blind = decide({ vouch: VOUCH }, { b: { health: "unhealthy", vouch: VOUCH }, change });
  assert.deepEqual(table(blind), { [IDA]: 5, [IDB]: 3 });
  assert.deepEqual([blind.quorumMet, blind.serving, blind.remembered.quorum], [false, 0, "lost"]);
  const quorum = { ...DEFAULT_QUORUM, amount: 2 };
  const half = decide({ vouch: VOUCH }, { b: { health: "unhealthy" }, change: { ...change, quorum } });
  assert.deepEqual(table(half), { [IDA]: 5, [IDF]: 1 });
});

Deno.test("a veto counts for the panic threshold, which therefore retains no more servers than without it", () => {
  const options = { b: { health: "unhealthy" }, change: { panicThreshold: 1 } } as const;
  const decision = decide({ vouch: VOUCH }, options);
  assert.deepEqual([table(decision), decision.retained], [{ [IDA]: 5 }, []]);
});

Deno.test("a server that others kept recovers without a slow start, because it was never out", () => {
  const change = { slowStart: { durationMs: 10_000, fromPercent: 10 } };
  const kept = decide({ vouch: VOUCH }, { change });
  const options = { remembered: kept.remembered, now: 100, change };
  assert.deepEqual(table(decide({ health: "healthy" }, options)), { [IDA]: 5, [IDB]: 3 });
});

Deno.test("verdicts of other directors never take a server out, and never add one", () => {
  const health = fc.constantFrom("healthy" as const, "unhealthy" as const, "unknown" as const);
  const weight = fc.constantFrom(undefined, 0, 3);
  const vouch = fc.constantFrom(undefined, VOUCH);
  fc.assert(
    fc.property(
      health,
      weight,
      vouch,
      fc.constantFrom("remove" as const, "quiesce" as const),
      (health, had, vouch, onFailure) => {
        const current = had === undefined ? [B] : [{ ...A, weight: had }, B];
        const options = { current, change: { onFailure } };
        const [without, withOthers] = [decide({ health }, options), decide({ health, vouch }, options)];
        const [alone = 0, shared = 0] = [table(without)[IDA], table(withOthers)[IDA]];
        assert.ok(shared >= alone);
        if (shared > alone) assert.ok((had ?? 0) > 0);
      },
    ),
    { numRuns: 200 },
  );
});
