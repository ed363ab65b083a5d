/**
 * Virtual routers as a daemon reports them.
 *
 * @module
 */
import { parseIpAddress } from "../../core/model/mod.ts";
import type { RouterStatus } from "../../core/vrrp/mod.ts";

/** A router that is active, and one that is at fault. */
export function routerStatuses(): readonly RouterStatus[] {
  const edge: RouterStatus = {
    name: "edge",
    family: "ipv4",
    vrid: 51,
    device: "eth0",
    version: 3,
    virtualMac: false,
    state: "active",
    since: Date.UTC(2026, 5, 1),
    reason: "10.0.0.2 advertises priority 90",
    priority: 90,
    configuredPriority: 150,
    vips: ["192.0.2.10/24"],
    tracks: [{ label: "service web", weight: -60, state: "bad" }],
    source: parseIpAddress("10.0.0.1"),
    timers: { intervalMs: 200, activeIntervalMs: 200, skewMs: 129.7, downMs: 729.7 },
    preemption: { isAllowed: true, delayMs: 30_000 },
    heard: { address: "10.0.0.2", priority: 90, at: Date.UTC(2026, 5, 2) },
    peers: [{
      address: parseIpAddress("10.0.0.2"),
      priority: 90,
      at: Date.UTC(2026, 5, 2),
      version: 3,
      intervalMs: 200,
      vips: [parseIpAddress("192.0.2.10")],
    }],
    findings: [{
      kind: "priority",
      address: parseIpAddress("10.0.0.2"),
      text: "10.0.0.2 has the priority 90 too: the greater address decides",
    }],
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
      source: undefined,
      heard: undefined,
      peers: [],
      findings: [],
      discarded: {},
    },
  ];
}
