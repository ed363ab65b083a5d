import type { Tallies, VipPresence } from "../daemon/mod.ts";
import type { MetricFamily } from "./family.ts";
import { counter, gauge, histogram, seconds } from "./make_family.ts";

/** The counts of a destination of notifications: numbers of events, except `failures`. */
export interface NotificationCounts {
  /** Type and number of the destination: "webhook 1". */
  readonly destination: string;
  /** Not sent yet. */
  readonly queued: number;
  /** Sent. */
  readonly sent: number;
  /** Dropped. */
  readonly dropped: number;
  /** Attempts to send that failed. */
  readonly failures: number;
}

/** What a process uses. */
export interface ProcessUsage {
  /** Its processor time; seconds. */
  readonly cpuSeconds: number;
  /** Its virtual memory; bytes. */
  readonly virtualBytes: number;
  /** Its open file descriptors, and the most that it may open. */
  readonly descriptors: { readonly open: number; readonly most: number };
}

/** The facts of {@linkcode processMetrics}. */
export interface ProcessFacts {
  /** What the daemon counts. */
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
  /** The number of checks in progress. */
  readonly checksInProgress: number;
  /** What else its process uses; undefined if that is unknown. */
  readonly usage?: ProcessUsage | undefined;
  /** The VIPs of the file. */
  readonly vips?: readonly VipPresence[] | undefined;
  /** The destinations of notifications. */
  readonly notifications?: readonly NotificationCounts[] | undefined;
}

/** The metrics of the daemon as a whole. */
export function processMetrics(facts: ProcessFacts): MetricFamily[] {
  return [...configMetrics(facts), ...loopMetrics(facts), ...notificationMetrics(facts), ...usageMetrics(facts)];
}

function configMetrics({ startedAt, loadedAt, isLoaded, reloads }: ProcessFacts): MetricFamily[] {
  return [
    seconds({ name: "lvsctl_start_timestamp_seconds", help: "Time of the daemon's start" }, [{
      value: startedAt / 1000,
    }]),
    gauge({ name: "lvsctl_last_reload_successful", help: "Whether the last file that the daemon read is active" }, [
      { value: Number(isLoaded) },
    ]),
    seconds({ name: "lvsctl_last_reload_timestamp_seconds", help: "Time when the daemon read the active file" }, [
      { value: loadedAt / 1000 },
    ]),
    counter({ name: "lvsctl_reloads", help: "How often the daemon read its file again" }, [{ value: reloads.all }]),
    counter({ name: "lvsctl_reload_failures", help: "Reloads that left the previous file active" }, [{
      value: reloads.failed,
    }]),
  ];
}

function loopMetrics({ tallies, checksInProgress, vips = [] }: ProcessFacts): MetricFamily[] {
  const { verification } = tallies;
  return [
    counter({ name: "lvsctl_drift_found", help: "Changes by other programs that the daemon found" }, [{
      value: tallies.drifts,
    }]),
    gauge(
      { name: "lvsctl_drift_changes", help: "Differences between the table and the file at the last comparison" },
      verification === undefined ? [] : [{ value: verification.differences }],
    ),
    seconds({
      name: "lvsctl_drift_last_check_timestamp_seconds",
      help: "Time when the daemon last compared the table with the file",
    }, verification === undefined ? [] : [{ value: verification.at / 1000 }]),
    counter(
      { name: "lvsctl_applied_changes", help: "Changes of the table that the daemon made" },
      Array.from(tallies.changes, ([operation, value]) => ({ labels: { operation }, value })),
    ),
    counter({ name: "lvsctl_apply_failures", help: "Failures of the daemon to read or change the table" }, [
      { value: tallies.failures },
    ]),
    histogram({ name: "lvsctl_apply_duration_seconds", help: "Duration of rounds that changed the table" }, [[
      {},
      tallies.passes,
    ]]),
    gauge({ name: "lvsctl_probes_in_flight", help: "Checks in progress when the last results came" }, [{
      value: checksInProgress,
    }]),
    histogram(
      { name: "lvsctl_check_duration_seconds", help: "Duration of checks" },
      Array.from(tallies.durations, ([type, tally]) => [{ type }, tally] as const),
    ),
    histogram({ name: "lvsctl_check_lateness_seconds", help: "How much later than planned checks started" }, [[
      {},
      tallies.lateness,
    ]]),
    histogram({ name: "lvsctl_loop_lag_seconds", help: "How late timers of the daemon were, measured once a second" }, [
      [{}, tallies.loopLag],
    ]),
    gauge(
      { name: "lvsctl_vip_present", help: "Whether an interface has a VIP of the file" },
      vips.map(({ address, device, isPresent }) => ({ labels: { address, device }, value: Number(isPresent) })),
    ),
  ];
}

function notificationMetrics({ notifications = [] }: ProcessFacts): MetricFamily[] {
  const samples = (key: Exclude<keyof NotificationCounts, "destination">): MetricFamily["samples"] =>
    notifications.map((counts) => ({ labels: { destination: counts.destination }, value: counts[key] }));
  return [
    { name: "lvsctl_notifications_queued", type: "gauge", help: "Events to report", samples: samples("queued") },
    { name: "lvsctl_notifications", type: "counter", help: "Events that were reported", samples: samples("sent") },
    {
      name: "lvsctl_notification_failures",
      type: "counter",
      help: "Attempts to report events that failed",
      samples: samples("failures"),
    },
    {
      name: "lvsctl_notifications_dropped",
      type: "counter",
      help: "Events that were not reported, because the queue was full or reporting failed for an hour",
      samples: samples("dropped"),
    },
  ];
}

/** The names that client libraries of Prometheus use. */
function usageMetrics({ residentBytes, usage, startedAt }: ProcessFacts): MetricFamily[] {
  const bytes = (name: string, help: string, value: number): MetricFamily => {
    return { name, type: "gauge", unit: "bytes", help, samples: [{ value }] };
  };
  const known = usage === undefined ? [] : [
    {
      name: "process_cpu_seconds",
      type: "counter",
      unit: "seconds",
      help: "Processor time of the daemon",
      samples: [
        { value: usage.cpuSeconds },
      ],
    } as const,
    bytes("process_virtual_memory_bytes", "Virtual memory of the daemon", usage.virtualBytes),
    gauge({ name: "process_open_fds", help: "Open file descriptors of the daemon" }, [{
      value: usage.descriptors.open,
    }]),
    gauge({ name: "process_max_fds", help: "The most file descriptors that the daemon may open" }, [
      { value: usage.descriptors.most },
    ]),
  ];
  return [
    bytes("process_resident_memory_bytes", "Resident memory of the daemon", residentBytes),
    seconds({ name: "process_start_time_seconds", help: "Time when the process began" }, [{ value: startedAt / 1000 }]),
    ...known,
  ];
}
