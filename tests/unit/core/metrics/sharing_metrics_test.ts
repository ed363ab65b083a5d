import assert from "node:assert/strict";
import { formatMetrics, sharingMetrics } from "../../../../core/metrics/mod.ts";
import { sharingStatus } from "../../../support/sharing_status.ts";

function samples(status: ReturnType<typeof sharingStatus>): readonly string[] {
  return [...formatMetrics(sharingMetrics(status), "prometheus")].join("").split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

Deno.test("sharingMetrics() has the directors, the disputed servers, and whether the store or the servers are away", () => {
  assert.deepEqual(samples(sharingStatus()), [
    "lvsctl_sharing_directors 2",
    "lvsctl_sharing_stale 1",
    "lvsctl_sharing_disputed_servers 3",
    "lvsctl_sharing_blind 1",
  ]);
  assert.deepEqual(samples({ ...sharingStatus(), directors: [], disputed: 0, isBlind: false, problem: undefined }), [
    "lvsctl_sharing_directors 0",
    "lvsctl_sharing_stale 0",
    "lvsctl_sharing_disputed_servers 0",
    "lvsctl_sharing_blind 0",
  ]);
});
