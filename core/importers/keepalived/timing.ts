import { formatDuration } from "../../model/mod.ts";
import type { Entry, Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import { nearest } from "./section.ts";
import type { Statement } from "./statement.ts";
import { millisecondsOf, numberOf } from "./values.ts";
import { type Checker, checkSections, type Real, type Virtual } from "./virtual.ts";

/** A time or a number, and where it is said. */
interface Said {
  readonly value: number;
  readonly origins: readonly Origin[];
}

/** When a check is made. */
export interface Timing {
  /** From probe to probe, milliseconds. */
  readonly interval: Said;
  /** How long a probe may take, milliseconds. */
  readonly timeout: Said;
  /** Failures in a row that count. */
  readonly fall: Said;
  /** From a failure to the next probe, milliseconds. */
  readonly retryDelay: Said;
  /** The time within which the first probe comes, milliseconds; undefined where nothing is written. */
  readonly warmup: Said | undefined;
}

/** Seconds between two probes where nothing is written. */
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 5000;
/** Files are watched by keepalived, not read again and again. */
const FILE_INTERVAL_MS = 1000;

function said(statement: Statement | undefined, read: (statement: Statement) => number, fallback: number): Said {
  return statement === undefined
    ? { value: fallback, origins: [] }
    : { value: read(statement), origins: [statement.origin] };
}

const time = (statement: Statement): number => millisecondsOf(statement) ?? 0;

/** When keepalived makes a check. */
export function timingOf(virtual: Virtual, real: Real, checker: Checker): Timing {
  const { type, section } = checker;
  const sections = checkSections(virtual, { real, checker });
  const pick = (keyword: string): Statement | undefined => nearest(keyword, sections);
  if (type === "FILE_CHECK") {
    const soon: Said = { value: FILE_INTERVAL_MS, origins: [] };
    return { interval: soon, timeout: soon, fall: { value: 1, origins: [] }, retryDelay: soon, warmup: undefined };
  }
  const interval = said(pick("delay_loop"), time, DEFAULT_INTERVAL_MS);
  const isHttp = type === "HTTP_GET" || type === "SSL_GET";
  const timeout = type === "MISC_CHECK"
    ? said(section.get("misc_timeout"), time, interval.value)
    : said(pick("connect_timeout"), time, DEFAULT_TIMEOUT_MS);
  const retries = type === "DNS_CHECK" ? 3 : type === "MISC_CHECK" ? 0 : 1;
  const delay = type === "DNS_CHECK" ? interval.value : isHttp ? 3000 : 1000;
  const warmup = pick("warmup");
  return {
    interval,
    timeout,
    fall: said(pick("retry"), (statement) => (numberOf(statement) ?? 0) + 1, retries + 1),
    retryDelay: said(pick("delay_before_retry"), time, delay),
    warmup: warmup === undefined ? undefined : said(warmup, time, 0),
  };
}

/** One timing for several checks that are made together: probed as often as any of them, as patient as any. */
export function commonTiming(
  timings: readonly { readonly timing: Timing; readonly checker: Checker }[],
  report: Report,
): Timing | undefined {
  const [first, ...others] = timings;
  if (first === undefined) return undefined;
  let common = first.timing;
  for (const { timing, checker } of others) {
    const merged: Timing = {
      interval: pickSaid(common.interval, timing.interval, Math.min),
      timeout: pickSaid(common.timeout, timing.timeout, Math.max),
      fall: pickSaid(common.fall, timing.fall, Math.max),
      retryDelay: pickSaid(common.retryDelay, timing.retryDelay, Math.min),
      warmup: common.warmup ?? timing.warmup,
    };
    const differs = (["interval", "timeout", "fall"] as const).some((key) => common[key].value !== timing[key].value);
    if (differs) {
      report.add(
        checker.section.origin,
        "the checks of a server are made together here: with the shortest interval, the longest timeout and the most retries of them",
      );
    }
    common = merged;
  }
  return common;
}

function pickSaid(one: Said, other: Said, choose: (a: number, b: number) => number): Said {
  return choose(one.value, other.value) === one.value ? one : other;
}

/** The timing as keys of a check. */
export function timingEntries({ interval, timeout, fall, retryDelay, warmup }: Timing): readonly Entry[] {
  const written = (key: string, { value, origins }: Said, notes: readonly string[] = []): Entry => ({
    key,
    value: formatDuration(value),
    origins,
    notes,
  });
  const isLong = timeout.value > interval.value;
  const entries = [
    written("interval", interval),
    isLong
      ? written("timeout", { ...timeout, value: interval.value }, [
        `${formatDuration(timeout.value)} with keepalived; here a probe ends before the next one begins`,
      ])
      : written("timeout", timeout),
    { key: "rise", value: 1 },
    { key: "fall", value: fall.value, origins: fall.origins },
  ];
  if (fall.value > 1 && retryDelay.value !== interval.value) entries.push(written("retry_delay", retryDelay));
  if (warmup !== undefined) entries.push(written("warmup", warmup));
  return entries;
}
