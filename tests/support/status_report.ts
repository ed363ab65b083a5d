import type { StatusReport } from "../../cli/format/status.ts";
import type { ServerStatus } from "../../core/daemon/mod.ts";
import { type DesiredService, parseIpAddress } from "../../core/model/mod.ts";
import { routerStatuses } from "./router_status.ts";
import { sharingStatus } from "./sharing_status.ts";
import { storeStatus } from "./store_status.ts";
import { realServer, serviceId, virtualService } from "./samples.ts";

const AT = Date.parse("2026-01-02T03:04:05Z");
const OVERRIDE = {
  address: parseIpAddress("10.0.0.13"),
  weight: "maint",
  reason: "upgrade",
  author: "root",
  at: AT,
  until: AT,
} as const;

/** A server without a check, a healthy one with an agent, and an unhealthy one in maintenance. */
function servers(): readonly ServerStatus[] {
  const plain = { slowStartPercent: 100, configured: 1 };
  const result = { ok: true, latencyMs: 1.5, detail: "status 200", warning: "it expires" } as const;
  const failure = { ok: false, latencyMs: 2, reason: "no answer", inconclusive: true } as const;
  const agent = { percent: 50, health: "up", mode: "ready" } as const;
  return [
    { server: realServer("10.0.0.11:80"), state: undefined, weight: 1, isRetained: false, parts: plain },
    {
      server: realServer("10.0.0.12:80"),
      state: { health: "healthy", successes: 3, failures: 0, since: AT, history: [{ at: AT, result }] },
      weight: 2,
      isRetained: false,
      parts: { ...plain, requested: 4, agent },
    },
    {
      server: realServer("10.0.0.13:80"),
      state: { health: "unhealthy", successes: 0, failures: 3, history: [{ at: AT, result: failure }] },
      weight: undefined,
      isRetained: true,
      parts: { ...plain, override: OVERRIDE, keptBy: 2 },
    },
  ];
}

/** The status of a daemon with everything that a status can have. */
export function statusReport(): StatusReport {
  const states = servers();
  const fallback = realServer("10.0.0.99:80");
  const desired: DesiredService = {
    name: "web",
    service: virtualService("tcp://192.0.2.10:80"),
    servers: states.map(({ server }) => server),
    unresolved: [{ host: "web.example", reason: "no answer" }],
    fallback,
    onFailure: "remove",
    quorum: { unit: "servers", amount: 3, hysteresis: 0 },
    panicThreshold: 0,
  };
  const effective = {
    entry: { service: desired.service, servers: [fallback] },
    servers: [],
    serving: 2,
    servingWeight: 3,
    quorumMet: false,
    retained: [],
    kept: [realServer("10.0.0.8:80")],
    draining: [realServer("10.0.0.9:80")],
    onFallback: true,
    remembered: { servers: {} },
  };
  const change = { operation: "addServer", id: serviceId("tcp://192.0.2.10:80"), server: fallback } as const;
  return {
    about: {
      pid: 7,
      version: "1.2.3",
      file: "/f.yaml",
      startedAt: AT,
      loadedAt: AT,
      repair: false,
      dryRun: false,
      store: storeStatus(AT),
      sharing: sharingStatus(),
    },
    daemon: {
      services: [{ desired, effective, servers: states }],
      failures: ["Cannot add it"],
      differences: [change, { operation: "deleteService", id: serviceId("fwmark:1") }],
    },
    routers: routerStatuses(),
    now: AT,
  };
}
