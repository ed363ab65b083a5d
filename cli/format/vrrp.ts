import type {
  Discards,
  GroupState,
  HeardPeer,
  RouterEvent,
  RouterState,
  RouterStatus,
  RouterTimers,
} from "../../core/vrrp/mod.ts";
import { defined } from "../../core/model/mod.ts";
import type { Json } from "./json.ts";
import type { LogRecord } from "./log_record.ts";

/** A router for users: `edge`, or `edge (IPv6)`. */
function nameOf({ name, family }: Pick<RouterStatus, "name" | "family">): string {
  return family === "ipv6" ? `${name} (IPv6)` : name;
}

/** A log record of an event of a virtual router. */
export function describeRouterEvent(event: RouterEvent): LogRecord {
  if (event.kind === "problem") {
    const { name, family, message } = event;
    return {
      level: "warning",
      event: "vrrp",
      message: `${nameOf(event)}: ${message}`,
      fields: { router: name, family, reason: message },
    };
  }
  const { from, status } = event;
  const { name, family, state, reason, priority } = status;
  return {
    level: state === "fault" ? "warning" : "notice",
    event: "vrrp",
    message: `${nameOf(status)} is ${STATES[state]}: ${reason}`,
    fields: { router: name, family, state, from, reason, priority },
  };
}

const STATES: Readonly<Record<RouterState, string>> = {
  init: "not taking part",
  backup: "backup",
  active: "active",
  fault: "at fault",
  released: "released",
};

/** The routers as a JSON value, with their groups, and the messages that belong to none of them. */
export function routersJson(
  { routers, groups, discarded }: {
    readonly routers: readonly RouterStatus[];
    readonly groups: readonly GroupState[];
    readonly discarded: Discards;
  },
): { readonly [key: string]: Json } {
  return {
    routers: routers.map(routerJson),
    groups: groups.map(({ name, members, state }) => ({ name, members, state: state ?? null })),
    discarded: discardsJson(discarded),
  };
}

function discardsJson(discarded: Discards): readonly Json[] {
  return Object.entries(discarded).map(([reason, count]) => ({ reason, count }));
}

function timersJson({ intervalMs, activeIntervalMs, skewMs, downMs }: RouterTimers): Json {
  return {
    interval_ms: intervalMs,
    active_interval_ms: activeIntervalMs,
    skew_ms: Math.round(skewMs),
    down_ms: Math.round(downMs),
  };
}

function peerJson({ address, priority, at, version, intervalMs, vips, refusal }: HeardPeer): Json {
  return {
    address,
    priority,
    at: new Date(at).toISOString(),
    version,
    interval_ms: intervalMs,
    vips,
    discarded: refusal ?? null,
  };
}

/** A router as a JSON value. */
export function routerJson(router: RouterStatus): { readonly [key: string]: Json } {
  const { name, family, vrid, device, version, state, since, reason, priority, heard } = router;
  return {
    name,
    family,
    vrid,
    device,
    version,
    state,
    since: new Date(since).toISOString(),
    reason,
    priority,
    configured_priority: router.configuredPriority,
    vips: router.vips,
    tracks: router.tracks.map(({ label, weight, state: trackState, value }) =>
      defined({ label, weight, state: trackState, value })
    ),
    source: router.source ?? null,
    timers: timersJson(router.timers),
    preempt: { allowed: router.preemption.isAllowed, delay_ms: router.preemption.delayMs },
    heard: heard === undefined
      ? null
      : { address: heard.address, priority: heard.priority, at: new Date(heard.at).toISOString() },
    peers: router.peers.map(peerJson),
    findings: router.findings.map(({ kind, address, text }) => ({ kind, address, text })),
    contested: router.isContested,
    advertisements_sent: router.sent,
    longest_delay_ms: Math.round(router.longestDelayMs),
    advertisements_received: router.received,
    activations: router.activations,
    discarded: discardsJson(router.discarded),
  };
}
