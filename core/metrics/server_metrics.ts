import type { JobTally, ServerStatus, Tallies } from "../daemon/mod.ts";
import type { FailureClass, ProbeResult } from "../model/mod.ts";
import type { Labels, MetricFamily } from "./family.ts";
import { counter, gauge, seconds } from "./make_family.ts";
import { KeptRows, RowSamples } from "./samples.ts";

/** A server with the labels of its samples. */
export interface ServerRow {
  /** Its status. */
  readonly status: ServerStatus;
  /** Its service and its own name. */
  readonly labels: Labels;
}

type HealthState = NonNullable<ServerStatus["state"]>;

/** The metrics of real servers that only a running daemon knows. */
export function serverMetrics(all: Iterable<ServerRow>, tallies: Tallies): MetricFamily[] {
  const rows = new KeptRows(() => checkedRows(all, tallies));
  /** At most one sample of each server with a check. */
  const each = (value: (row: CheckedRow) => number | undefined): MetricFamily["samples"] =>
    new RowSamples(rows, (row, add) => {
      const found = value(row);
      if (found !== undefined) add(found);
    });
  return [
    gauge({
      name: "lvsctl_server_healthy",
      help: "Whether the check finds a real server healthy; absent while unknown",
    }, each(({ state: { health } }) => health === "unknown" ? undefined : Number(health === "healthy"))),
    gauge(
      { name: "lvsctl_server_checked", help: "Whether a check of a real server has ended" },
      each(({ state: { history } }) => Number(history.length > 0)),
    ),
    seconds(
      { name: "lvsctl_server_last_check_timestamp_seconds", help: "Time of the last check" },
      each(({ state: { history } }) => inSeconds(history.at(-1)?.at)),
    ),
    seconds(
      { name: "lvsctl_server_last_check_duration_seconds", help: "Duration of the last check" },
      each(({ state: { history } }) => inSeconds(history.at(-1)?.result.latencyMs)),
    ),
    seconds(
      { name: "lvsctl_server_last_change_timestamp_seconds", help: "Time when the health last changed" },
      each(({ state: { since } }) => inSeconds(since)),
    ),
    counter(
      { name: "lvsctl_server_transitions", help: "Changes of the health since the daemon's start" },
      new RowSamples(rows, ({ tally }, add) => {
        add(tally?.rises ?? 0, { to: "healthy" });
        add(tally?.falls ?? 0, { to: "unhealthy" });
      }),
    ),
    counter(
      { name: "lvsctl_server_checks", help: "Checks since the daemon's start" },
      each(({ tally }) => tally?.checks ?? 0),
    ),
    counter(
      { name: "lvsctl_server_check_failures", help: "Failed checks since the daemon's start" },
      each(({ tally }) => tally?.failures ?? 0),
    ),
    seconds(
      { name: "lvsctl_server_check_interval_seconds", help: "Longest time from a check to the next one" },
      each(({ intervalMs }) => inSeconds(intervalMs)),
    ),
    {
      name: "lvsctl_server_last_error",
      type: "info",
      help: "The kind of failure of the last check; absent if it has passed",
      samples: new RowSamples(rows, ({ state: { history } }, add) => {
        const result = history.at(-1)?.result;
        if (result?.ok === false) add(1, { class: classOf(result) });
      }),
    },
    seconds(
      {
        name: "lvsctl_server_certificate_expiry_timestamp_seconds",
        help: "Time when the certificate of a real server expires, as of the last check over TLS that passed",
      },
      each(({ state: { history } }) => {
        const at = expiryOf(history);
        return at === undefined ? undefined : Math.round(at / 1000);
      }),
    ),
  ];
}

/** A server with a check. */
interface CheckedRow {
  readonly state: HealthState;
  readonly tally: JobTally | undefined;
  readonly intervalMs: number | undefined;
  readonly labels: Labels;
}

function* checkedRows(all: Iterable<ServerRow>, tallies: Tallies): Generator<CheckedRow, void, undefined> {
  for (const { status: { state, job, intervalMs }, labels } of all) {
    if (state === undefined) continue;
    yield { state, tally: job === undefined ? undefined : tallies.of(job), intervalMs, labels };
  }
}

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

/** The kind of a failure: a server that answered otherwise than expected has none of its own. */
function classOf({ failure, inconclusive }: Extract<ProbeResult, { readonly ok: false }>): FailureClass {
  return inconclusive === true ? "local" : failure ?? "answer";
}

/** When the certificate expires; milliseconds since 1970. */
function expiryOf(history: HealthState["history"]): number | undefined {
  const last = history.findLast(({ result }) => result.ok && result.certificateMs !== undefined);
  if (last?.result.ok !== true || last.result.certificateMs === undefined) return undefined;
  return last.at + last.result.certificateMs;
}
