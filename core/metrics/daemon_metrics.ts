import type { ServerStatus, ServiceStatus, Tallies } from "../daemon/mod.ts";
import { formatServerId, formatServiceId, type MetricLevel, type Override } from "../model/mod.ts";
import type { Labels, MetricFamily } from "./family.ts";
import { counter, gauge, seconds } from "./make_family.ts";
import { type ProcessFacts, processMetrics } from "./process_metrics.ts";
import { KeptRows, RowSamples } from "./samples.ts";
import { serverMetrics, type ServerRow } from "./server_metrics.ts";

/** The facts of {@linkcode daemonMetrics}. */
export interface DaemonFacts extends ProcessFacts {
  /** Its services with their health. */
  readonly services: readonly ServiceStatus[];
}

/** The states of servers that a service counts. */
const SERVER_STATES = ["healthy", "unhealthy", "unknown", "maintenance", "draining"] as const;

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
    ...level === "summary" ? [] : serviceMetrics(rows, facts.tallies),
    ...level === "server" ? serverMetrics(new KeptRows(() => allRows(rows)), facts.tallies) : [],
  ];
}

/** A service with the labels of its samples. */
interface ServiceRow {
  readonly status: ServiceStatus;
  readonly labels: Labels & { readonly virtual_service: string };
}

function serviceMetrics(rows: readonly ServiceRow[], tallies: Tallies): MetricFamily[] {
  const withFallback = rows.filter(({ status }) => status.desired.fallback !== undefined);
  const withPanic = rows.filter(({ status }) => status.desired.panicThreshold > 0);
  const overridden = new KeptRows(() => overriddenRows(rows));
  return [
    gauge(
      { name: "lvsctl_service_servers", help: "Real servers of a virtual service by state" },
      new RowSamples(rows, ({ status }, add) => {
        const counts = countStates(status);
        for (const state of SERVER_STATES) add(counts[state], { state });
      }),
    ),
    gauge(
      { name: "lvsctl_service_configured_weight", help: "Sum of the weights in the file" },
      new RowSamples(
        rows,
        ({ status: { desired } }, add) => add(desired.servers.reduce((sum, { weight }) => sum + weight, 0)),
      ),
    ),
    gauge(
      { name: "lvsctl_service_serving_servers", help: "Real servers that take connections" },
      new RowSamples(rows, ({ status: { effective } }, add) => add(effective.serving)),
    ),
    gauge(
      { name: "lvsctl_quorum_met", help: "Whether a virtual service has its quorum" },
      new RowSamples(rows, ({ status: { effective } }, add) => add(Number(effective.quorumMet))),
    ),
    gauge(
      { name: "lvsctl_quorum_required", help: "The quorum in the file, in servers, weight or percent of the weight" },
      new RowSamples(
        rows,
        ({ status: { desired: { quorum: { amount, unit } } } }, add) => add(amount, { unit }),
      ),
    ),
    gauge(
      { name: "lvsctl_quorum_current", help: "The servers that take connections, in the unit of the quorum" },
      new RowSamples(
        rows,
        ({ status }, add) => add(currentQuorum(status), { unit: status.desired.quorum.unit }),
      ),
    ),
    counter(
      { name: "lvsctl_quorum_changes", help: "Changes of the quorum since the daemon's start" },
      new RowSamples(rows, ({ labels }, add) => {
        const { met, lost } = tallies.quorumOf(labels.virtual_service);
        add(met, { to: "met" });
        add(lost, { to: "lost" });
      }),
    ),
    gauge(
      { name: "lvsctl_fallback_active", help: "Whether the fallback serves" },
      new RowSamples(withFallback, ({ status: { effective } }, add) => add(Number(effective.onFallback))),
    ),
    gauge(
      { name: "lvsctl_panic_active", help: "Whether the panic threshold keeps unhealthy servers in the table" },
      new RowSamples(withPanic, ({ status: { effective } }, add) => add(Number(effective.retained.length > 0))),
    ),
    {
      name: "lvsctl_override",
      type: "info",
      help: "An override of a real server's weight",
      samples: new RowSamples(
        overridden,
        ({ override: { weight } }, add) =>
          add(1, { kind: weight === "maint" ? "maint" : weight === 0 ? "drain" : "weight" }),
      ),
    },
    seconds(
      { name: "lvsctl_override_since_timestamp_seconds", help: "Time when an override was set" },
      new RowSamples(overridden, ({ override }, add) => add(override.at / 1000)),
    ),
    seconds(
      { name: "lvsctl_override_expiry_timestamp_seconds", help: "Time when an override ends" },
      new RowSamples(overridden, ({ override: { until } }, add) => {
        if (until !== undefined) add(until / 1000);
      }),
    ),
  ];
}

/** The serving servers in the unit of the service's quorum. */
function currentQuorum({ desired: { quorum, servers }, effective }: ServiceStatus): number {
  if (quorum.unit === "servers") return effective.serving;
  if (quorum.unit === "weight") return effective.servingWeight;
  const configured = servers.reduce((sum, { weight }) => sum + weight, 0);
  return configured === 0 ? 0 : 100 * effective.servingWeight / configured;
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

function* allRows(rows: readonly ServiceRow[]): Generator<ServerRow, void, undefined> {
  for (const { status: { servers }, labels } of rows) yield* rowsOf(servers, labels);
}

/** A server with an override. */
interface OverriddenRow {
  readonly override: Override;
  readonly labels: Labels;
}

function* overriddenRows(rows: readonly ServiceRow[]): Generator<OverriddenRow, void, undefined> {
  for (const { status: { servers }, labels } of rows) {
    const overridden = servers.filter(({ parts: { override } }) => override !== undefined);
    for (const { status: { parts: { override } }, labels: own } of rowsOf(overridden, labels)) {
      if (override !== undefined) yield { override, labels: own };
    }
  }
}

function rowsOf(servers: readonly ServerStatus[], labels: Labels): ServerRow[] {
  return servers.map((status) => ({ status, labels: { ...labels, real_server: formatServerId(status.server) } }));
}
