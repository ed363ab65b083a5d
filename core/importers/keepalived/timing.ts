import { formatDuration } from "../../model/mod.ts";
import type { Entry, Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import { nearest } from "./section.ts";
import type { Statement } from "./statement.ts";
import { millisecondsOf, numberOf } from "./values.ts";
import { type Checker, checkSections, type Real, type Virtual } from "./virtual.ts";

/** A time or a number with its places. */
export interface Sourced {
  /** The time or number. */
  readonly value: number;
  /** Its places in the file. */
  readonly origins: readonly Origin[];
}

/** The timing of a check. */
export interface Timing {
  /** Time from probe to probe; milliseconds. */
  readonly interval: Sourced;
  /** Timeout of a probe; milliseconds. */
  readonly timeout: Sourced;
  /** Failures in a row until a server is unhealthy. */
  readonly fall: Sourced;
  /** Time from a failure to the next probe; milliseconds. */
  readonly retryDelay: Sourced;
  /** Most time until the first probe; milliseconds; undefined if it is omitted. */
  readonly warmup: Sourced | undefined;
}

/** keepalived's defaults. */
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 5000;
/** Short, because keepalived notices changes of files at once. */
const FILE_INTERVAL_MS = 1000;

function sourced(statement: Statement | undefined, read: (statement: Statement) => number, fallback: number): Sourced {
  return statement === undefined
    ? { value: fallback, origins: [] }
    : { value: read(statement), origins: [statement.origin] };
}

function time(statement: Statement): number {
  return millisecondsOf(statement) ?? 0;
}

/** The timing of a check in keepalived. */
export function timingOf(
  checker: Checker,
  { virtual, real }: { readonly virtual: Virtual; readonly real: Real },
): Timing {
  const { type, section } = checker;
  const sections = checkSections(virtual, { real, checker });
  const pick = (keyword: string): Statement | undefined => nearest(keyword, sections);
  if (type === "FILE_CHECK") {
    const soon: Sourced = { value: FILE_INTERVAL_MS, origins: [] };
    return { interval: soon, timeout: soon, fall: { value: 1, origins: [] }, retryDelay: soon, warmup: undefined };
  }
  const interval = sourced(pick("delay_loop"), time, DEFAULT_INTERVAL_MS);
  const isHttp = type === "HTTP_GET" || type === "SSL_GET";
  const timeout = type === "MISC_CHECK"
    ? sourced(section.get("misc_timeout"), time, interval.value)
    : sourced(pick("connect_timeout"), time, DEFAULT_TIMEOUT_MS);
  const retries = type === "DNS_CHECK" ? 3 : type === "MISC_CHECK" ? 0 : 1;
  const delay = type === "DNS_CHECK" ? interval.value : isHttp ? 3000 : 1000;
  const warmup = pick("warmup");
  return {
    interval,
    timeout,
    fall: sourced(pick("retry"), (statement) => (numberOf(statement) ?? 0) + 1, retries + 1),
    retryDelay: sourced(pick("delay_before_retry"), time, delay),
    warmup: warmup === undefined ? undefined : sourced(warmup, time, 0),
  };
}

/** Merges the timings of several checks: the shortest interval, the longest timeout and the most retries. */
export function mergeTimings(
  timings: readonly { readonly timing: Timing; readonly checker: Checker }[],
  report: Report,
): Timing | undefined {
  const [first, ...others] = timings;
  if (first === undefined) return undefined;
  let common = first.timing;
  for (const { timing, checker } of others) {
    const merged: Timing = {
      interval: pickSourced(common.interval, timing.interval, Math.min),
      timeout: pickSourced(common.timeout, timing.timeout, Math.max),
      fall: pickSourced(common.fall, timing.fall, Math.max),
      retryDelay: pickSourced(common.retryDelay, timing.retryDelay, Math.min),
      warmup: common.warmup ?? timing.warmup,
    };
    const differs = (["interval", "timeout", "fall"] as const).some((key) => common[key].value !== timing[key].value);
    if (differs) {
      report.add(
        checker.section.origin,
        "lvsctl makes the checks of a server together: with their shortest interval, longest timeout and most retries",
      );
    }
    common = merged;
  }
  return common;
}

function pickSourced(one: Sourced, other: Sourced, choose: (a: number, b: number) => number): Sourced {
  return choose(one.value, other.value) === one.value ? one : other;
}

/** The timing as keys of a check. */
export function timingEntries({ interval, timeout, fall, retryDelay, warmup }: Timing): readonly Entry[] {
  const toEntry = (key: string, { value, origins }: Sourced): Entry => ({
    key,
    value: formatDuration(value),
    origins,
  });
  const entries: Entry[] = [
    toEntry("interval", interval),
    toEntry("timeout", timeout),
    { key: "rise", value: 1 },
    { key: "fall", value: fall.value, origins: fall.origins },
  ];
  if (fall.value > 1 && retryDelay.value !== interval.value) entries.push(toEntry("retry_delay", retryDelay));
  if (warmup !== undefined) entries.push(toEntry("warmup", warmup));
  return entries;
}
