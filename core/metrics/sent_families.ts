import { fieldsOf, isNumber, itemsOf, textOf } from "../json/mod.ts";
import type { Labels, MetricFamily, MetricType, Sample } from "./family.ts";

const NAME = /^[a-z][a-z0-9_]*$/;
const TYPES: readonly MetricType[] = ["counter", "gauge", "histogram", "info"];
const SUFFIXES = ["_bucket", "_sum", "_count"] as const;

/**
 * Reads families that a daemon sent as JSON. It leaves out what no metric can be: one line that Prometheus cannot read
 * loses a whole scrape.
 */
export function readFamilies(value: unknown): MetricFamily[] {
  return itemsOf(value).flatMap((item): MetricFamily[] => {
    const fields = fieldsOf(item);
    const name = textOf(fields["name"]);
    const type = TYPES.find((known) => known === fields["type"]);
    if (name === undefined || type === undefined || !NAME.test(name)) return [];
    const samples = itemsOf(fields["samples"]).flatMap(readSample);
    return [{ name, type, help: textOf(fields["help"]) ?? "", unit: textOf(fields["unit"]), samples }];
  });
}

function readSample(item: unknown): Sample[] {
  const { labels, value, suffix } = fieldsOf(item);
  if (!isNumber(value)) return [];
  return [{ labels: readLabels(labels), value, suffix: SUFFIXES.find((known) => known === suffix) }];
}

function readLabels(value: unknown): Labels | undefined {
  if (value === undefined) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, text] of Object.entries(fieldsOf(value))) {
    if (NAME.test(name) && typeof text === "string") labels[name] = text;
  }
  return labels;
}
