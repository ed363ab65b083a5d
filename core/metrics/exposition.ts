import type { MetricFamily, MetricType } from "./family.ts";
import { escapeCharacter, escapeQuoted, formatMetricLabels } from "./label_text.ts";
import { formatValue, LineBuffer } from "./line_buffer.ts";
import { type AddSample, RowSamples } from "./samples.ts";

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

/** The size of a piece; bytes. */
const PIECE = 64 * 1024;

/** The number of rows without a sample before a pause. */
const PAUSE_ROWS = 1024;

/** What the text of families begins with. */
export const METRICS_START: RegExp = /^# (?:HELP|TYPE) /;

/**
 * Families as text in pieces of about 64 KB: see {@linkcode encodeMetrics}.
 *
 * @returns An empty piece stands for a pause for other work.
 */
export function* formatMetrics(
  families: Iterable<MetricFamily>,
  format: MetricFormat,
): Generator<string, void, undefined> {
  const decoder = new TextDecoder();
  // A piece ends with a line.
  for (const piece of encodeMetrics(families, format)) yield decoder.decode(piece);
}

/**
 * Families as bytes of text in pieces of about 64 KB: a scrape of a large table has two hundred megabytes. A family
 * without samples is left out.
 *
 * @returns An empty piece stands for a pause for other work.
 */
export function* encodeMetrics(
  families: Iterable<MetricFamily>,
  format: MetricFormat,
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const lines = new LineBuffer();
  for (const family of families) yield* addFamily(lines, family, format);
  if (format === "openmetrics") lines.addText("# EOF\n");
  if (lines.length > 0) yield lines.take();
}

function* addFamily(
  lines: LineBuffer,
  family: MetricFamily,
  format: MetricFormat,
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { samples } = family;
  const name = `${family.name}${SAMPLE_SUFFIX[family.type]}`;
  let isHeaded = false;
  const addHeader = (): void => {
    if (!isHeaded) lines.addText(header(family, format));
    isHeaded = true;
  };
  if (samples instanceof RowSamples) return yield* addRows(lines, samples, { name, addHeader });
  for (const { suffix, labels = {}, value } of samples) {
    addHeader();
    const labelText = formatMetricLabels(labels);
    const braced = labelText === "" ? "" : `{${labelText}}`;
    lines.addText(`${suffix === undefined ? name : `${family.name}${suffix}`}${braced} ${formatValue(value)}\n`);
    if (lines.length >= PIECE) yield lines.take();
  }
}

function* addRows(
  lines: LineBuffer,
  samples: RowSamples,
  { name, addHeader }: { readonly name: string; readonly addHeader: () => void },
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const start = new TextEncoder().encode(`${name}{`);
  let [row, empty] = [-1, 0];
  const add: AddSample = (value, more) => {
    addHeader();
    lines.addLine(row, { name: start, more: more === undefined ? "" : `,${formatMetricLabels(more)}`, value });
    empty = 0;
  };
  lines.begin(samples.rows);
  for (const labels of samples.inSteps(add)) {
    if (lines.length >= PIECE || empty >= PAUSE_ROWS) {
      yield lines.take();
      empty = 0;
    }
    row++;
    empty++;
    lines.keepLabels(labels, row);
  }
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
