import assert from "node:assert/strict";
import { readSharingFacts } from "../../../../cli/commands/doctor/running_sharing.ts";
import { statusJson } from "../../../../cli/format/status.ts";
import type { SharingFacts } from "../../../../core/doctor/facts.ts";
import { examineSharedVerdicts } from "../../../../core/doctor/shared_verdicts.ts";
import { statusReport } from "../../../support/status_report.ts";
import { director } from "./healthy.ts";

const SHARED: SharingFacts = { quorum: 2, directors: 2, isBlind: false, problem: undefined };

for (
  const [what, change, expected] of [
    ["without a problem", {}, ["ok sharing"]],
    ["that cannot reach the servers", { isBlind: true }, ["error director-blind"]],
    ["with too few others", { directors: 1 }, ["warning sharing-few"]],
    ["without its store", { directors: 0, problem: "no answer within 4s" }, ["warning sharing-stale"]],
  ] as const
) {
  Deno.test(`examineSharedVerdicts() of a director ${what}: ${expected.join(", ")}`, () => {
    const found = examineSharedVerdicts({ ...director(), sharing: { ...SHARED, ...change } });
    assert.deepEqual(found.map(({ severity, id }) => `${severity} ${id}`), expected);
  });
}

Deno.test("examineSharedVerdicts() has no finding for a daemon that shares none", () => {
  assert.deepEqual(examineSharedVerdicts(director()), []);
});

Deno.test("readSharingFacts() reads the status of a daemon, also one that does not know shared verdicts", () => {
  assert.deepEqual(readSharingFacts(statusJson(statusReport())), {
    quorum: 2,
    directors: 2,
    isBlind: true,
    problem: "Cannot read 10.0.0.1:2379: no answer within 4s",
  });
  for (const status of [{}, { daemon: {} }, { daemon: { sharing: null } }, undefined]) {
    assert.equal(readSharingFacts(status), undefined);
  }
});
