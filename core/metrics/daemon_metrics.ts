import { DURATION_BOUNDS_MS, type ServerStatus, type ServiceStatus, type Tallies } from "../daemon/mod.ts";
import { formatServerId, formatServiceId } from "../model/mod.ts";
import type { Labels, MetricFamily, Sample } from "./family.ts";
import type { MetricLevel } from "./table_metrics.ts";

/** The facts of {@linkcode daemonMetrics}. */
export interface DaemonFacts {
  /** Its services with their health. */
  readonly services: readonly ServiceStatus[];
  /** What it counts. */
  readonly tallies: Tallies;
  /** The time of its start; milliseconds since 1970. */
  readonly startedAt: number;
  /** The time when the active configuration was read; milliseconds since 1970. */
  readonly loadedAt: number;
  /** Whether the last file that it read is active. */
  readonly isLoaded: boolean;
  /** How often it read the file again, and how often that failed. */
  readonly reloads: { readonly all: number; readonly failed: number };
  /** The memory of its process; bytes. */
  readonly residentBytes: number;
}

/** The states of servers that a service counts. */
const SERVER_STATES = ["healthy", "unhealthy", "unknown", "maintenance", "draining"] as const;

/** A server with the labels of its samples. */
interface Row {
  readonly status: ServerStatus;
  readonly labels: Labels;
}

/**
 * The metrics that only a running daemon knows. Labels are identities and words of closed lists: a server's answer
 * never becomes a label.
 */
export function daemonMetrics(facts: DaemonFacts, level: MetricLevel): MetricFamily[] {
  const rows = facts.services.map((status) => ({
    status,
    labels: { virtual_service: formatServiceId(status.desired.service.id) },
  }));
  return [
    ...processMetrics(facts),
    ...level === "summary" ? [] : serviceMetrics(rows),
    ...level === "server"
      ? serverMetrics(rows.flatMap(({ status: { servers }, labels }) => rowsOf(servers, labels)), facts.tallies)
      : [],
  ];
}

function processMetrics(
  { tallies, startedAt, loadedAt, isLoaded, reloads, residentBytes }: DaemonFacts,
): MetricFamily[] {
  return [
    seconds("lvsctl_start_timestamp_seconds", "Time of the daemon's start", [{ value: startedAt / 1000 }]),
    gauge("lvsctl_last_reload_successful", "Whether the last file that the daemon read is active", [
      { value: Number(isLoaded) },
    ]),
    seconds("lvsctl_last_reload_timestamp_seconds", "Time when the daemon read the active file", [
      { value: loadedAt / 1000 },
    ]),
    counter("lvsctl_reloads", "How often the daemon read its file again", [{ value: reloads.all }]),
    counter("lvsctl_reload_failures", "Reloads that left the previous file active", [{ value: reloads.failed }]),
    counter("lvsctl_drift_found", "Changes by other programs that the daemon found", [{ value: tallies.drifts }]),
    counter(
      "lvsctl_applied_changes",
      "Changes of the table that the daemon made",
      Array.from(tallies.changes, ([operation, value]) => ({ labels: { operation }, value })),
    ),
    counter("lvsctl_apply_failures", "Failures of the daemon to read or change the table", [
      { value: tallies.failures },
    ]),
    {
      name: "lvsctl_check_duration_seconds",
      type: "histogram",
      unit: "seconds",
      help: "Duration of checks",
      samples: [...durations(tallies)],
    },
    {
      name: "process_resident_memory_bytes",
      type: "gauge",
      unit: "bytes",
      help: "Resident memory of the daemon",
      samples: [{ value: residentBytes }],
    },
  ];
}

function* durations(tallies: Tallies): Generator<Sample, void, undefined> {
  for (const [type, { counts, sumMs }] of tallies.durations) {
    let value = 0;
    for (const [index, count] of counts.entries()) {
      value += count;
      yield { suffix: "_bucket", labels: { type, le: boundText(DURATION_BOUNDS_MS[index]) }, value };
    }
    yield { suffix: "_sum", labels: { type }, value: sumMs / 1000 };
    yield { suffix: "_count", labels: { type }, value };
  }
}

/** A bound in the canonical form of OpenMetrics, which has a point in whole numbers. */
function boundText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "+Inf";
  const text = String(milliseconds / 1000);
  return text.includes(".") ? text : `${text}.0`;
}

function serviceMetrics(rows: readonly { readonly status: ServiceStatus; readonly labels: Labels }[]): MetricFamily[] {
  const withFallback = rows.filter(({ status }) => status.desired.fallback !== undefined);
  const withPanic = rows.filter(({ status }) => status.desired.panicThreshold > 0);
  const overridden = rows.flatMap(({ status, labels }) => rowsOf(status.servers, labels)).flatMap(
    ({ status: { parts: { override } }, labels }) => override === undefined ? [] : [{ override, labels }],
  );
  return [
    gauge(
      "lvsctl_service_servers",
      "Real servers of a virtual service by state",
      rows.flatMap(({ status, labels }) => {
        const counts = countStates(status);
        return SERVER_STATES.map((state) => ({ labels: { ...labels, state }, value: counts[state] }));
      }),
    ),
    gauge(
      "lvsctl_service_configured_weight",
      "Sum of the weights in the file",
      rows.map(({ status: { desired }, labels }) => ({
        labels,
        value: desired.servers.reduce((sum, { weight }) => sum + weight, 0),
      })),
    ),
    gauge(
      "lvsctl_service_serving_servers",
      "Real servers that take connections",
      rows.map(({ status: { effective }, labels }) => ({ labels, value: effective.serving })),
    ),
    gauge(
      "lvsctl_quorum_met",
      "Whether a virtual service has its quorum",
      rows.map(({ status: { effective }, labels }) => ({ labels, value: Number(effective.quorumMet) })),
    ),
    gauge(
      "lvsctl_quorum_required",
      "The quorum in the file, in servers, weight or percent of the weight",
      rows.map(({ status: { desired: { quorum } }, labels }) => ({
        labels: { ...labels, unit: quorum.unit },
        value: quorum.amount,
      })),
    ),
    gauge(
      "lvsctl_fallback_active",
      "Whether the fallback serves",
      withFallback.map(({ status: { effective }, labels }) => ({ labels, value: Number(effective.onFallback) })),
    ),
    gauge(
      "lvsctl_panic_active",
      "Whether the panic threshold keeps unhealthy servers in the table",
      withPanic.map(({ status: { effective }, labels }) => ({ labels, value: Number(effective.retained.length > 0) })),
    ),
    {
      name: "lvsctl_override",
      type: "info",
      help: "An override of a real server's weight",
      samples: overridden.map(({ override: { weight }, labels }) => ({
        labels: { ...labels, kind: weight === "maint" ? "maint" : weight === 0 ? "drain" : "weight" },
        value: 1,
      })),
    },
    seconds(
      "lvsctl_override_since_timestamp_seconds",
      "Time when an override was set",
      overridden.map(({ override, labels }) => ({ labels, value: override.at / 1000 })),
    ),
    seconds(
      "lvsctl_override_expiry_timestamp_seconds",
      "Time when an override ends",
      overridden.flatMap(({ override: { until }, labels }) =>
        until === undefined ? [] : [{ labels, value: until / 1000 }]
      ),
    ),
  ];
}

/** Each server in one state; a server without a check counts as healthy, as in the status. */
function countStates({ servers, effective }: ServiceStatus): Record<(typeof SERVER_STATES)[number], number> {
  const counts = { healthy: 0, unhealthy: 0, unknown: 0, maintenance: 0, draining: effective.draining.length };
  for (const { state, parts: { override, agent } } of servers) {
    if (override?.weight === "maint" || agent?.mode === "maint") counts.maintenance++;
    else if (override?.weight === 0 || agent?.mode === "drain") counts.draining++;
    else if (agent?.health === "down") counts.unhealthy++;
    else counts[state?.health ?? "healthy"]++;
  }
  return counts;
}

function serverMetrics(all: readonly Row[], tallies: Tallies): MetricFamily[] {
  const rows = all.flatMap(({ status: { state, job }, labels }) =>
    state === undefined ? [] : [{ state, tally: job === undefined ? undefined : tallies.of(job), labels }]
  );
  const known = rows.filter(({ state }) => state.health !== "unknown");
  const probed = rows.flatMap(({ state: { history }, labels }) => {
    const last = history.at(-1);
    return last === undefined ? [] : [{ last, labels }];
  });
  return [
    gauge(
      "lvsctl_server_healthy",
      "Whether the check finds a real server healthy; absent while unknown",
      known.map(({ state, labels }) => ({ labels, value: Number(state.health === "healthy") })),
    ),
    gauge(
      "lvsctl_server_checked",
      "Whether a check of a real server has ended",
      rows.map(({ state, labels }) => ({ labels, value: Number(state.history.length > 0) })),
    ),
    seconds(
      "lvsctl_server_last_check_timestamp_seconds",
      "Time of the last check",
      probed.map(({ last, labels }) => ({ labels, value: last.at / 1000 })),
    ),
    seconds(
      "lvsctl_server_last_check_duration_seconds",
      "Duration of the last check",
      probed.map(({ last, labels }) => ({ labels, value: last.result.latencyMs / 1000 })),
    ),
    seconds(
      "lvsctl_server_last_change_timestamp_seconds",
      "Time when the health last changed",
      rows.flatMap(({ state: { since }, labels }) => since === undefined ? [] : [{ labels, value: since / 1000 }]),
    ),
    counter(
      "lvsctl_server_transitions",
      "Changes of the health since the daemon's start",
      rows.flatMap(({ tally, labels }) => [
        { labels: { ...labels, to: "healthy" }, value: tally?.rises ?? 0 },
        { labels: { ...labels, to: "unhealthy" }, value: tally?.falls ?? 0 },
      ]),
    ),
    counter(
      "lvsctl_server_checks",
      "Checks since the daemon's start",
      rows.map(({ tally, labels }) => ({ labels, value: tally?.checks ?? 0 })),
    ),
    counter(
      "lvsctl_server_check_failures",
      "Failed checks since the daemon's start",
      rows.map(({ tally, labels }) => ({ labels, value: tally?.failures ?? 0 })),
    ),
  ];
}

function rowsOf(servers: readonly ServerStatus[], labels: Labels): Row[] {
  return servers.map((status) => ({ status, labels: { ...labels, real_server: formatServerId(status.server) } }));
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: "gauge", help, samples };
}

function seconds(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: "gauge", unit: "seconds", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: "counter", help, samples };
}
