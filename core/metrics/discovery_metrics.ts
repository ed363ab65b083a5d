import type { MetricFamily, Sample } from "./family.ts";

/** The state of a source of real servers. */
export interface SourceFacts {
  /** Name of the source. */
  readonly name: string;
  /** Number of servers in the list in use; undefined without a list. */
  readonly servers: number | undefined;
  /** When the source last gave that list; milliseconds since 1970. Undefined if it never did. */
  readonly at: number | undefined;
  /** Why its last list is refused; undefined if it is accepted. */
  readonly refusal: string | undefined;
  /** How often it could not be read. */
  readonly failures: number;
  /** How often a list was refused. */
  readonly refusals: number;
}

/** The metrics of the daemon's sources of real servers; none without one. */
export function discoveryMetrics(sources: readonly SourceFacts[]): MetricFamily[] {
  if (sources.length === 0) return [];
  const samples = (value: (source: SourceFacts) => number | undefined): readonly Sample[] =>
    sources.flatMap((source): Sample[] => {
      const number = value(source);
      return number === undefined ? [] : [{ labels: { source: source.name }, value: number }];
    });
  return [
    {
      name: "lvsctl_discovery_targets",
      type: "gauge",
      help: "Real servers in the list of a source that is in use",
      samples: samples(({ servers }) => servers ?? 0),
    },
    {
      name: "lvsctl_discovery_last_success_timestamp_seconds",
      type: "gauge",
      help: "When a source last gave the list that is in use",
      samples: samples(({ at }) => at === undefined ? undefined : at / 1000),
    },
    {
      name: "lvsctl_discovery_refused",
      type: "gauge",
      help: "Whether the last list of a source is refused because it lacks too many servers",
      samples: samples(({ refusal }) => Number(refusal !== undefined)),
    },
    {
      name: "lvsctl_discovery_failures",
      type: "counter",
      help: "How often a source could not be read",
      samples: samples(({ failures }) => failures),
    },
    {
      name: "lvsctl_discovery_refusals",
      type: "counter",
      help: "How often a list of a source was refused",
      samples: samples(({ refusals }) => refusals),
    },
  ];
}
