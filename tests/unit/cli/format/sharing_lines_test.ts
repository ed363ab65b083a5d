import assert from "node:assert/strict";
import { sharingJson, sharingLines } from "../../../../cli/format/sharing_lines.ts";
import { sharingStatus } from "../../../support/sharing_status.ts";

function linesOf(change: Partial<ReturnType<typeof sharingStatus>> = {}): readonly string[] {
  return sharingLines(JSON.parse(JSON.stringify(sharingJson({ ...sharingStatus(), ...change }))));
}

const QUIET = { ignored: 0, disputed: 0, isBlind: false, problem: undefined };

Deno.test("sharingLines() name the directors, and what is wrong", () => {
  assert.deepEqual(linesOf(), [
    "Shares verdicts with bravo, charlie",
    "The verdicts of 1 director are not used: damaged, not complete, or too many",
    "This director cannot reach the servers: all are unhealthy here, and other directors reach most of them",
    "Verdicts of other directors may be old: Cannot read 10.0.0.1:2379: no answer within 4s",
  ]);
  assert.deepEqual(linesOf({ ...QUIET, disputed: 1 }), [
    "Shares verdicts with bravo, charlie",
    "1 server unhealthy here, and healthy for other directors",
  ]);
});

Deno.test("sharingLines() say when there are too few directors, and name only some of many", () => {
  assert.deepEqual(linesOf({ ...QUIET, directors: [] }), [
    "Shares verdicts with no other director: fewer than its quorum of 2, so they keep no server",
  ]);
  assert.deepEqual(linesOf({ ...QUIET, directors: ["a", "b", "c", "d", "e", "f", "g"] }), [
    "Shares verdicts with a, b, c, d, e and 2 more",
  ]);
});

Deno.test("sharingLines() has no lines without shared verdicts, and for a daemon that does not know them", () => {
  assert.deepEqual([sharingLines(null), sharingLines(undefined)], [[], []]);
});
