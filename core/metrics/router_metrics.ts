import { VRRP_FINDINGS } from "../model/mod.ts";
import type { Discards, RouterStatus } from "../vrrp/mod.ts";
import type { Labels, MetricFamily, Sample } from "./family.ts";

/**
 * The metrics of the daemon's virtual routers; none without one.
 *
 * @param routers The routers.
 * @param options.discarded Numbers of messages that belong to none of them, by reason.
 */
export function routerMetrics(
  routers: readonly RouterStatus[],
  { discarded }: { readonly discarded: Discards },
): MetricFamily[] {
  if (routers.length === 0) return [];
  const samples = (value: (router: RouterStatus) => number): readonly Sample[] =>
    routers.map((router) => ({ labels: labelsOf(router), value: value(router) }));
  const gauge = (name: string, help: string, value: (router: RouterStatus) => number): MetricFamily => {
    return { name, type: "gauge", help, samples: samples(value) };
  };
  const counter = (name: string, help: string, value: (router: RouterStatus) => number): MetricFamily => {
    return { name, type: "counter", help, samples: samples(value) };
  };
  return [
    gauge(
      "lvsctl_vrrp_active",
      "Whether a virtual router has its addresses",
      ({ state }) => Number(state === "active"),
    ),
    gauge("lvsctl_vrrp_fault", "Whether a virtual router is at fault", ({ state }) => Number(state === "fault")),
    gauge("lvsctl_vrrp_priority", "Effective priority of a virtual router", ({ priority }) => priority),
    gauge(
      "lvsctl_vrrp_configured_priority",
      "Priority of a virtual router in the file",
      ({ configuredPriority }) => configuredPriority,
    ),
    gauge(
      "lvsctl_vrrp_last_change_timestamp_seconds",
      "When the state of a virtual router changed",
      ({ since }) => since / 1000,
    ),
    gauge(
      "lvsctl_vrrp_contested",
      "Whether another router with a lower priority stays active",
      ({ isContested }) => Number(isContested),
    ),
    {
      name: "lvsctl_vrrp_findings",
      type: "gauge",
      help: "Other routers whose advertisements differ from those of a virtual router",
      samples: routers.flatMap((router) =>
        VRRP_FINDINGS.map((kind) => ({
          labels: { ...labelsOf(router), kind },
          value: router.findings.filter((finding) => finding.kind === kind).length,
        }))
      ),
    },
    counter("lvsctl_vrrp_activations", "How often a virtual router became active", ({ activations }) => activations),
    counter("lvsctl_vrrp_advertisements_sent", "Advertisements that a virtual router sent", ({ sent }) => sent),
    counter("lvsctl_vrrp_advertisements_received", "Advertisements that it accepted", ({ received }) => received),
    {
      name: "lvsctl_vrrp_advertisements_discarded",
      type: "counter",
      help: "Advertisements that it discarded",
      samples: routers.flatMap((router) =>
        Object.entries(router.discarded).map(([reason, value]) => ({ labels: { ...labelsOf(router), reason }, value }))
      ),
    },
    {
      name: "lvsctl_vrrp_unmatched_advertisements",
      type: "counter",
      help: "Advertisements that belong to no virtual router of the daemon",
      samples: Object.entries({ vrid: 0, ...discarded }).map(([reason, value]) => ({ labels: { reason }, value })),
    },
  ];
}

function labelsOf({ name, family }: RouterStatus): Labels {
  return { vrrp: name, family };
}
