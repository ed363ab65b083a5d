import assert from "node:assert/strict";
import { ProblemReports } from "../../../../core/vrrp/problem_reports.ts";

const MINUTE = 60_000;

/** The reports of a problem that occurs at the given minutes. */
function reportedAt(...minutes: readonly number[]): readonly number[] {
  let now = 0;
  const reported: number[] = [];
  const problems = new ProblemReports(() => reported.push(now), () => now * MINUTE);
  for (const minute of minutes) {
    now = minute;
    problems.report("it cannot send");
  }
  return reported;
}

Deno.test("ProblemReports reports a problem once while it lasts, and again when it returns after an hour", () => {
  assert.deepEqual(reportedAt(0, 1, 59, 100, 150, 200), [0]);
  assert.deepEqual(reportedAt(0, 1, 61, 62, 5000), [0, 61, 5000]);
});

Deno.test("ProblemReports reports a problem again at once after its end", () => {
  const reported: string[] = [];
  const problems = new ProblemReports((message) => reported.push(message), () => 0);
  problems.report("one");
  problems.report("one");
  problems.forget("one");
  problems.report("one");
  assert.deepEqual(reported, ["one", "one"]);
});

Deno.test("ProblemReports reports no more than 50 in an hour, whatever the clock does", () => {
  let now = 0;
  const reported: string[] = [];
  const problems = new ProblemReports((message) => reported.push(message), () => now);
  for (let number = 0; number < 300; number++) problems.report(`of ${number}`);
  assert.equal(reported.length, 50);
  now = -10 * 60 * MINUTE;
  for (let number = 300; number < 600; number++) problems.report(`of ${number}`);
  assert.equal(reported.length, 100);
});
