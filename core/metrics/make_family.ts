import { DURATION_BOUNDS_MS, type DurationTally } from "../daemon/mod.ts";
import type { Labels, MetricFamily, Sample } from "./family.ts";

/** The name of a family without the suffix of its type, and its meaning. */
export type Heading = Pick<MetricFamily, "name" | "help">;

/** A family of values that rise and fall. */
export function gauge(heading: Heading, samples: MetricFamily["samples"]): MetricFamily {
  return { ...heading, type: "gauge", samples };
}

/** A gauge in seconds. */
export function seconds(heading: Heading, samples: MetricFamily["samples"]): MetricFamily {
  return { ...heading, type: "gauge", unit: "seconds", samples };
}

/** A family of counters. */
export function counter(heading: Heading, samples: MetricFamily["samples"]): MetricFamily {
  return { ...heading, type: "counter", samples };
}

/** A family of histograms of durations. */
export function histogram(
  heading: Heading,
  tallies: Iterable<readonly [labels: Labels, tally: DurationTally]>,
): MetricFamily {
  return {
    ...heading,
    type: "histogram",
    unit: "seconds",
    samples: Array.from(tallies, ([labels, tally]) => [...durations(tally, labels)]).flat(),
  };
}

function* durations({ counts, sumMs }: DurationTally, labels: Labels): Generator<Sample, void, undefined> {
  let value = 0;
  for (const [index, count] of counts.entries()) {
    value += count;
    yield { suffix: "_bucket", labels: { ...labels, le: boundText(DURATION_BOUNDS_MS[index]) }, value };
  }
  yield { suffix: "_sum", labels, value: sumMs / 1000 };
  yield { suffix: "_count", labels, value };
}

/** A bound in the canonical form of OpenMetrics, which has a point in whole numbers. */
function boundText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "+Inf";
  const text = String(milliseconds / 1000);
  return text.includes(".") ? text : `${text}.0`;
}
