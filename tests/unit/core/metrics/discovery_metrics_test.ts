import assert from "node:assert/strict";
import { discoveryMetrics, formatMetrics } from "../../../../core/metrics/mod.ts";
import { sourceStatuses } from "../../../support/source_status.ts";

Deno.test("discoveryMetrics() has servers, age, refusal and failures of each source", () => {
  const lines = [...formatMetrics(discoveryMetrics(sourceStatuses()), "prometheus")].join("").split("\n");
  const of = (source: string): readonly string[] =>
    lines.filter((line) => line.includes(`source="${source}`)).map((line) => line.replace(/\{.*\}/, ""));
  assert.deepEqual(of("names web"), [
    "lvsctl_discovery_targets 3",
    `lvsctl_discovery_last_success_timestamp_seconds ${Date.UTC(2026, 5, 1) / 1000}`,
    "lvsctl_discovery_refused 1",
    "lvsctl_discovery_failures_total 0",
    "lvsctl_discovery_refusals_total 1",
  ]);
  assert.deepEqual(of("http"), [
    "lvsctl_discovery_targets 0",
    "lvsctl_discovery_refused 0",
    "lvsctl_discovery_failures_total 0",
    "lvsctl_discovery_refusals_total 0",
  ], "one that never gave a list has no time of it");
});

Deno.test("discoveryMetrics() has nothing without a source", () => {
  assert.deepEqual(discoveryMetrics([]), []);
});
