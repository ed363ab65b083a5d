import assert from "node:assert/strict";
import { formatMetrics, storeMetrics } from "../../../../core/metrics/mod.ts";
import { storeStatus } from "../../../support/store_status.ts";

const NOW = 10_000_000_000;

function samples(status: ReturnType<typeof storeStatus>): readonly string[] {
  return [...formatMetrics(storeMetrics(status, { now: NOW }), "prometheus")].join("").split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

Deno.test("storeMetrics() has the version, whether it is stale, and its age since the last confirmation", () => {
  assert.deepEqual(samples(storeStatus(NOW)), [
    "lvsctl_config_version 6",
    "lvsctl_config_stale 1",
    "lvsctl_config_age_seconds 60",
    "lvsctl_config_refused 1",
    "lvsctl_config_rollout_halted 1",
    'lvsctl_config_endpoint_answered{endpoint="10.0.0.1:2379"} 0',
    'lvsctl_config_endpoint_answered{endpoint="10.0.0.2:2379"} 1',
  ]);
});

Deno.test("storeMetrics() counts the age from the push without a confirmation since the start", () => {
  assert.deepEqual(
    samples({ ...storeStatus(NOW), confirmedAt: undefined, problem: undefined, refusal: undefined, endpoints: [] }),
    [
      "lvsctl_config_version 6",
      "lvsctl_config_stale 0",
      "lvsctl_config_age_seconds 3600",
      "lvsctl_config_refused 0",
      "lvsctl_config_rollout_halted 1",
    ],
  );
});
