import assert from "node:assert/strict";
import { countTests, outcomeOf, summary } from "../report.ts";

for (
  const [what, output, exitCode, expected] of [
    ["all that passed", "x ... ok (1ms)\n\nok | 12 passed | 0 failed (34ms)\n", 0, { passed: 12, failed: 0 }],
    ["colours", "\x1b[32mok\x1b[0m | 2 passed | 0 failed \x1b[38;5;245m(4ms)\x1b[0m\n", 0, { passed: 2, failed: 0 }],
    ["no steps", "FAILED | 3 passed (4 steps) | 1 failed (2 steps) | 1 ignored (5ms)\n", 1, { passed: 3, failed: 1 }],
    ["the last summary", "ok | 9 passed | 0 failed\nok | 1 passed | 0 failed\n", 0, { passed: 1, failed: 0 }],
    ["no tests as a failure", "", 0, { passed: 0, failed: 1 }],
    ["only ignored tests as a failure", "ok | 0 passed | 0 failed | 3 ignored (2ms)\n", 0, { passed: 0, failed: 1 }],
    ["a run that broke off as a failure", "x ... ok (1ms)\n", 124, { passed: 0, failed: 1 }],
    ["a bad exit code as a failure", "ok | 5 passed | 0 failed (9ms)\n", 1, { passed: 5, failed: 1 }],
  ] as const
) {
  Deno.test(`countTests() counts ${what}`, () => {
    assert.deepEqual(countTests(output, exitCode), expected);
  });
}

Deno.test("summary() ends with the sum, alone on the last line", () => {
  const text = summary([
    { name: "lint", passed: 1, failed: 0, seconds: 0.34 },
    { name: "contract", passed: 10, failed: 2, seconds: 12 },
  ]);
  assert.equal(
    text,
    [
      "suite     passed  failed seconds",
      "lint           1       0     0.3",
      "contract      10       2    12.0",
      "",
      "11 passed, 2 failed",
      "",
    ].join("\n"),
  );
});

/** What `deno test` writes about a failure whose error has a number of lines. */
function failedRun(lines: number): string {
  const error = Array.from({ length: lines }, (_, line) => `line ${line + 1}`);
  return ["a ... FAILED", "", " ERRORS ", "", ...error, "", " FAILURES ", "", "FAILED | 3 passed | 1 failed (2s)", ""]
    .join("\n");
}

Deno.test("outcomeOf() keeps the errors of a failed run, and nothing of one that passed", () => {
  const failed = outcomeOf("unit", { stdout: failedRun(2), stderr: "", code: 1, seconds: 2 });
  assert.deepEqual(failed, { name: "unit", passed: 3, failed: 1, seconds: 2, failure: "line 1\nline 2" });
  const passed = outcomeOf("unit", { stdout: "ok | 3 passed | 0 failed (2s)\n", stderr: "", code: 0, seconds: 2 });
  assert.deepEqual(passed, { name: "unit", passed: 3, failed: 0, seconds: 2 });
});

Deno.test("outcomeOf() keeps beginning and end of long errors, and the end of a run that broke off", () => {
  const { failure = "" } = outcomeOf("unit", { stdout: failedRun(200), stderr: "", code: 1, seconds: 2 });
  const lines = failure.split("\n");
  assert.deepEqual([lines.length, lines[0], lines[15], lines[30]], [31, "line 1", "...", "line 200"]);
  const stdout = Array.from({ length: 99 }, (_, line) => `line ${line}\n`).join("");
  const broken = outcomeOf("unit", { stdout, stderr: "killed\n", code: 137, seconds: 2 });
  assert.equal(broken.failure?.split("\n").length, 30);
  assert.ok(broken.failure?.endsWith("line 98\nkilled"));
});

Deno.test("summary() repeats what failed below the table", () => {
  const text = summary([
    { name: "lint", passed: 0, failed: 1, seconds: 1, failure: "a.ts:1: bad" },
    { name: "unit", passed: 2, failed: 0, seconds: 1 },
  ]);
  assert.ok(text.endsWith("1.0\n\n== failed: lint\na.ts:1: bad\n\n2 passed, 1 failed\n"), text);
});
