/**
 * Virtual routers as a daemon reports them.
 *
 * @module
 */
import type { RouterStatus } from "../../core/vrrp/mod.ts";

/** A router that is active, and one that is at fault. */
export function routerStatuses(): readonly RouterStatus[] {
  const edge: RouterStatus = {
    name: "edge",
    family: "ipv4",
    vrid: 51,
    device: "eth0",
    version: 3,
    state: "active",
    since: Date.UTC(2026, 5, 1),
    reason: "10.0.0.2 advertises priority 90",
    priority: 90,
    configuredPriority: 150,
    vips: ["192.0.2.10/24"],
    tracks: [{ label: "service web", weight: -60, state: "bad" }],
    heard: { address: "10.0.0.2", priority: 90, at: Date.UTC(2026, 5, 2) },
    isContested: false,
    sent: 100,
    longestDelayMs: 12.4,
    received: 7,
    activations: 1,
    discarded: { "hop-limit": 2 },
  };
  return [
    edge,
    {
      ...edge,
      family: "ipv6",
      state: "fault",
      reason: "interface eth0 is down",
      priority: 150,
      tracks: [],
      heard: undefined,
      discarded: {},
    },
  ];
}
