import type { StoreStatus } from "../cluster/mod.ts";
import type { MetricFamily } from "./family.ts";
import { gauge, seconds } from "./make_family.ts";

/**
 * The metrics of a configuration that comes from a store.
 *
 * @param options.now The time of day; milliseconds since 1970.
 */
export function storeMetrics(
  { active, confirmedAt, problem, refusal, rollout, endpoints }: StoreStatus,
  options: { readonly now: number },
): MetricFamily[] {
  return [
    gauge({ name: "lvsctl_config_version", help: "Number of the active version of the store" }, [{
      value: active.number,
    }]),
    gauge({ name: "lvsctl_config_stale", help: "Whether the store does not confirm the configuration now" }, [{
      value: Number(problem !== undefined),
    }]),
    seconds(
      { name: "lvsctl_config_age_seconds", help: "Time since the store last confirmed the configuration" },
      // Without a confirmation since the start, the age begins with the push.
      [{ value: Math.max(0, options.now - (confirmedAt ?? active.at)) / 1000 }],
    ),
    gauge({ name: "lvsctl_config_refused", help: "Whether a newer version is not active here, because it failed" }, [{
      value: Number(refusal !== undefined),
    }]),
    gauge({ name: "lvsctl_config_rollout_halted", help: "Whether the last roll-out has halted" }, [{
      value: Number(rollout?.state === "halted"),
    }]),
    gauge(
      { name: "lvsctl_config_endpoint_answered", help: "Whether the last request to the endpoint was answered" },
      endpoints.flatMap(({ address, answered }) =>
        answered === undefined ? [] : [{ labels: { endpoint: address }, value: Number(answered) }]
      ),
    ),
  ];
}
