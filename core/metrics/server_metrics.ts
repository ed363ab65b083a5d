import type { ServerStatus, Tallies } from "../daemon/mod.ts";
import type { FailureClass, ProbeResult } from "../model/mod.ts";
import type { Labels, MetricFamily } from "./family.ts";
import { counter, gauge, seconds } from "./make_family.ts";

/** A server with the labels of its samples. */
export interface ServerRow {
  /** Its status. */
  readonly status: ServerStatus;
  /** Its service and its own name. */
  readonly labels: Labels;
}

type History = NonNullable<ServerStatus["state"]>["history"];

/** The metrics of real servers that only a running daemon knows. */
export function serverMetrics(all: readonly ServerRow[], tallies: Tallies): MetricFamily[] {
  const rows = all.flatMap(({ status: { state, job, intervalMs }, labels }) =>
    state === undefined ? [] : [{ state, tally: job === undefined ? undefined : tallies.of(job), intervalMs, labels }]
  );
  const known = rows.filter(({ state }) => state.health !== "unknown");
  const probed = rows.flatMap(({ state: { history }, labels }) => {
    const last = history.at(-1);
    return last === undefined ? [] : [{ last, labels }];
  });
  return [
    gauge({
      name: "lvsctl_server_healthy",
      help: "Whether the check finds a real server healthy; absent while unknown",
    }, known.map(({ state, labels }) => ({ labels, value: Number(state.health === "healthy") }))),
    gauge(
      { name: "lvsctl_server_checked", help: "Whether a check of a real server has ended" },
      rows.map(({ state, labels }) => ({ labels, value: Number(state.history.length > 0) })),
    ),
    seconds(
      { name: "lvsctl_server_last_check_timestamp_seconds", help: "Time of the last check" },
      probed.map(({ last, labels }) => ({ labels, value: last.at / 1000 })),
    ),
    seconds(
      { name: "lvsctl_server_last_check_duration_seconds", help: "Duration of the last check" },
      probed.map(({ last, labels }) => ({ labels, value: last.result.latencyMs / 1000 })),
    ),
    seconds(
      { name: "lvsctl_server_last_change_timestamp_seconds", help: "Time when the health last changed" },
      rows.flatMap(({ state: { since }, labels }) => since === undefined ? [] : [{ labels, value: since / 1000 }]),
    ),
    counter(
      { name: "lvsctl_server_transitions", help: "Changes of the health since the daemon's start" },
      rows.flatMap(({ tally, labels }) => [
        { labels: { ...labels, to: "healthy" }, value: tally?.rises ?? 0 },
        { labels: { ...labels, to: "unhealthy" }, value: tally?.falls ?? 0 },
      ]),
    ),
    counter(
      { name: "lvsctl_server_checks", help: "Checks since the daemon's start" },
      rows.map(({ tally, labels }) => ({ labels, value: tally?.checks ?? 0 })),
    ),
    counter(
      { name: "lvsctl_server_check_failures", help: "Failed checks since the daemon's start" },
      rows.map(({ tally, labels }) => ({ labels, value: tally?.failures ?? 0 })),
    ),
    seconds(
      { name: "lvsctl_server_check_interval_seconds", help: "Longest time from a check to the next one" },
      rows.flatMap(({ intervalMs, labels }) => intervalMs === undefined ? [] : [{ labels, value: intervalMs / 1000 }]),
    ),
    {
      name: "lvsctl_server_last_error",
      type: "info",
      help: "The kind of failure of the last check; absent if it has passed",
      samples: probed.flatMap(({ last: { result }, labels }) =>
        result.ok ? [] : [{ labels: { ...labels, class: classOf(result) }, value: 1 }]
      ),
    },
    seconds(
      {
        name: "lvsctl_server_certificate_expiry_timestamp_seconds",
        help: "Time when the certificate of a real server expires, as of the last check over TLS that passed",
      },
      rows.flatMap(({ state: { history }, labels }) => {
        const at = expiryOf(history);
        return at === undefined ? [] : [{ labels, value: Math.round(at / 1000) }];
      }),
    ),
  ];
}

/** The kind of a failure: a server that answered otherwise than expected has none of its own. */
function classOf({ failure, inconclusive }: Extract<ProbeResult, { readonly ok: false }>): FailureClass {
  return inconclusive === true ? "local" : failure ?? "answer";
}

/** When the certificate expires; milliseconds since 1970. */
function expiryOf(history: History): number | undefined {
  const last = history.findLast(({ result }) => result.ok && result.certificateMs !== undefined);
  if (last?.result.ok !== true || last.result.certificateMs === undefined) return undefined;
  return last.at + last.result.certificateMs;
}
