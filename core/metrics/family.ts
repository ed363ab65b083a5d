/** The kinds of metrics that both formats have. */
export type MetricType = "counter" | "gauge" | "histogram" | "info";

/** The labels of a sample, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
  /** What tells it from the others of its family. */
  readonly labels?: Labels | undefined;
  /** The value; counters are bigint because the kernel counts in 64 bits. */
  readonly value: number | bigint;
  /** Behind the family's name: "_bucket", "_sum" or "_count" of a histogram. */
  readonly suffix?: "_bucket" | "_sum" | "_count" | undefined;
}

/** The samples of one name. A scrape has each family once, with all of its samples together. */
export interface MetricFamily {
  /** The name without the suffix of its type: "lvsctl_service_connections", not "..._total". */
  readonly name: string;
  /** The kind. */
  readonly type: MetricType;
  /** What the value is, in one sentence. */
  readonly help: string;
  /** The unit, which is also the end of the name: "seconds", "bytes". */
  readonly unit?: string | undefined;
  /** The samples, made one by one: there may be a million. */
  readonly samples: Iterable<Sample>;
}
