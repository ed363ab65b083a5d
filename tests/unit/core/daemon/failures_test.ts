import assert from "node:assert/strict";
import { Failures } from "../../../../core/daemon/failures.ts";

function take(
  failures: Failures,
  now: number,
  outcome: {
    readonly names: readonly string[];
    readonly pending?: readonly string[];
    readonly errors?: readonly Error[];
  },
): ReturnType<Failures["take"]> {
  const { names, pending = [], errors = [] } = outcome;
  return failures.take({ names: new Set(names), pending, errors, now });
}

Deno.test("Failures tries a service again after a time that grows, and not with each change of another service", () => {
  const failures = new Failures();
  const broken = { names: ["a"], pending: ["a"], errors: [new Error("no")] };
  const first = take(failures, 0, broken);
  assert.ok(first.waitMs !== undefined && first.waitMs > 0);
  assert.deepEqual(first.reports.map(({ isRepeated }) => isRepeated), [false]);
  assert.deepEqual([...failures.dueAt(first.waitMs - 1)], []);
  assert.deepEqual(take(failures, first.waitMs - 1, { names: ["b"] }), { reports: [], waitMs: 1 });
  assert.deepEqual([...failures.dueAt(first.waitMs)], ["a"]);
  const second = take(failures, first.waitMs, broken);
  assert.deepEqual(second.reports.map(({ isRepeated }) => isRepeated), [true]);
  assert.ok((second.waitMs ?? 0) > first.waitMs);
  assert.deepEqual([[...failures.names], failures.reasons], [["a"], ["no"]]);
});

Deno.test("Failures forgets a service that could be updated, and its reason", () => {
  const failures = new Failures();
  take(failures, 0, { names: ["a"], pending: ["a"], errors: [new Error("no")] });
  assert.deepEqual(take(failures, 5000, { names: ["a"] }), { reports: [], waitMs: undefined });
  assert.deepEqual([[...failures.names], failures.reasons, [...failures.dueAt(1e9)]], [[], [], []]);
});
