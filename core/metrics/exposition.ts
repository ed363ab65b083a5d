import type { Labels, MetricFamily, MetricType, Sample } from "./family.ts";

/** The text formats: Prometheus text 0.0.4, which its textfile collector reads, and OpenMetrics 1.0.0. */
export const METRIC_FORMATS = ["prometheus", "openmetrics"] as const;

/** One of {@linkcode METRIC_FORMATS}. */
export type MetricFormat = (typeof METRIC_FORMATS)[number];

/** The end of the names of samples by type. */
const SAMPLE_SUFFIX: Readonly<Record<MetricType, string>> = {
  counter: "_total",
  gauge: "",
  histogram: "",
  info: "_info",
};

/** The size of a piece of text; characters. */
const PIECE = 16 * 1024;

/**
 * Families as text, in pieces of about 16 KB: a scrape of a large table has a hundred megabytes. A family without
 * samples is left out.
 *
 * @returns An empty piece stands for a pause for other work.
 */
export function* formatMetrics(
  families: Iterable<MetricFamily>,
  format: MetricFormat,
): Generator<string, void, undefined> {
  let text = "";
  for (const family of families) {
    const suffix = SAMPLE_SUFFIX[family.type];
    let isHeaded = false;
    for (const sample of family.samples) {
      if (sample === undefined) {
        yield "";
        continue;
      }
      if (!isHeaded) text += header(family, format);
      isHeaded = true;
      text += sampleLine(`${family.name}${sample.suffix ?? suffix}`, sample);
      if (text.length < PIECE) continue;
      yield text;
      text = "";
    }
  }
  if (format === "openmetrics") text += "# EOF\n";
  if (text !== "") yield text;
}

/** The lines about a family. OpenMetrics names the family, Prometheus the samples. */
function header({ name, type, help, unit }: MetricFamily, format: MetricFormat): string {
  if (format === "openmetrics") {
    const unitLine = unit === undefined ? "" : `# UNIT ${name} ${unit}\n`;
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeQuoted(help)}\n`;
  }
  const sampleName = `${name}${SAMPLE_SUFFIX[type]}`;
  const text = help.replace(/[\\\n]/g, escapeCharacter);
  return `# HELP ${sampleName} ${text}\n# TYPE ${sampleName} ${type === "info" ? "gauge" : type}\n`;
}

function sampleLine(name: string, { labels, value }: Sample): string {
  return `${name}${labels === undefined ? "" : formatLabels(labels)} ${formatValue(value)}\n`;
}

function formatLabels(labels: Labels): string {
  let text = "";
  for (const [name, value] of Object.entries(labels)) {
    text += `${text === "" ? "" : ","}${name}="${escapeQuoted(value)}"`;
  }
  return text === "" ? "" : `{${text}}`;
}

function formatValue(value: number | bigint): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

/** Most labels need no escape, and a test is cheaper than a replacement. */
const ESCAPED = /["\\\n]/;

function escapeQuoted(text: string): string {
  return ESCAPED.test(text) ? text.replace(/["\\\n]/g, escapeCharacter) : text;
}

function escapeCharacter(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}
