import type { ServerStatus, ServiceStatus, Tallies } from "../daemon/mod.ts";
import { formatServerId, formatServiceId, type MetricLevel, type Override } from "../model/mod.ts";
import type { Labels, MetricFamily } from "./family.ts";
import { counter, gauge, seconds } from "./make_family.ts";
import { type ProcessFacts, processMetrics } from "./process_metrics.ts";
import { KeptRows, LazySamples } from "./samples.ts";
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
      new LazySamples(rows, ({ status, labels }) => {
        const counts = countStates(status);
        return SERVER_STATES.map((state) => ({ labels: { ...labels, state }, value: counts[state] }));
      }),
    ),
    gauge(
      { name: "lvsctl_service_configured_weight", help: "Sum of the weights in the file" },
      new LazySamples(rows, ({ status: { desired }, labels }) => [{
        labels,
        value: desired.servers.reduce((sum, { weight }) => sum + weight, 0),
      }]),
    ),
    gauge(
      { name: "lvsctl_service_serving_servers", help: "Real servers that take connections" },
      new LazySamples(rows, ({ status: { effective }, labels }) => [{ labels, value: effective.serving }]),
    ),
    gauge(
      { name: "lvsctl_quorum_met", help: "Whether a virtual service has its quorum" },
      new LazySamples(rows, ({ status: { effective }, labels }) => [{ labels, value: Number(effective.quorumMet) }]),
    ),
    gauge(
      { name: "lvsctl_quorum_required", help: "The quorum in the file, in servers, weight or percent of the weight" },
      new LazySamples(rows, ({ status: { desired: { quorum } }, labels }) => [{
        labels: { ...labels, unit: quorum.unit },
        value: quorum.amount,
      }]),
    ),
    gauge(
      { name: "lvsctl_quorum_current", help: "The servers that take connections, in the unit of the quorum" },
      new LazySamples(rows, ({ status, labels }) => [{
        labels: { ...labels, unit: status.desired.quorum.unit },
        value: currentQuorum(status),
      }]),
    ),
    counter(
      { name: "lvsctl_quorum_changes", help: "Changes of the quorum since the daemon's start" },
      new LazySamples(rows, ({ labels }) => {
        const { met, lost } = tallies.quorumOf(labels.virtual_service);
        return [
          { labels: { ...labels, to: "met" }, value: met },
          { labels: { ...labels, to: "lost" }, value: lost },
        ];
      }),
    ),
    gauge(
      { name: "lvsctl_fallback_active", help: "Whether the fallback serves" },
      new LazySamples(
        withFallback,
        ({ status: { effective }, labels }) => [{ labels, value: Number(effective.onFallback) }],
      ),
    ),
    gauge(
      { name: "lvsctl_panic_active", help: "Whether the panic threshold keeps unhealthy servers in the table" },
      new LazySamples(
        withPanic,
        ({ status: { effective }, labels }) => [{ labels, value: Number(effective.retained.length > 0) }],
      ),
    ),
    {
      name: "lvsctl_override",
      type: "info",
      help: "An override of a real server's weight",
      samples: new LazySamples(overridden, ({ override: { weight }, labels }) => [{
        labels: { ...labels, kind: weight === "maint" ? "maint" : weight === 0 ? "drain" : "weight" },
        value: 1,
      }]),
    },
    seconds(
      { name: "lvsctl_override_since_timestamp_seconds", help: "Time when an override was set" },
      new LazySamples(overridden, ({ override, labels }) => [{ labels, value: override.at / 1000 }]),
    ),
    seconds(
      { name: "lvsctl_override_expiry_timestamp_seconds", help: "Time when an override ends" },
      new LazySamples(
        overridden,
        ({ override: { until }, labels }) => until === undefined ? [] : [{ labels, value: until / 1000 }],
      ),
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
