import type { ExitCode } from "../../core/errors/mod.ts";
import { visible } from "../../core/model/mod.ts";

/** The exit statuses of a monitoring plugin. They replace lvsctl's own, which use the same numbers for other results. */
export const PLUGIN_STATUS = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const satisfies Record<string, ExitCode>;

/** The state that a monitoring plugin reports. */
export type PluginState = keyof typeof PLUGIN_STATUS;

/** The longest text before the performance data; bytes. NRPE 2 transports 1,024 bytes of a whole line. */
const MOST_TEXT = 640;

/** A value that a monitoring program draws. */
export interface PerformanceValue {
  /** Its name, of letters and low lines. */
  readonly label: string;
  /** The value. */
  readonly value: number | bigint;
  /** Its unit: "s" for seconds, "c" for a counter; "" for a number. */
  readonly unit?: "" | "s" | "c" | undefined;
  /** The largest value that is possible; the smallest is then 0. */
  readonly most?: number | undefined;
  /** The ranges without an alert, as they are written. */
  readonly ranges?: { readonly warning?: string | undefined; readonly critical?: string | undefined } | undefined;
}

/**
 * The line of a monitoring plugin, with its line end: the state, a text of limited length on one line, and performance
 * data.
 *
 * @param state The state.
 * @param text The text; a vertical bar in it, which would begin the performance data, is escaped.
 * @param values The performance data.
 */
export function pluginLine(
  state: PluginState,
  text: string,
  { values = [] }: { readonly values?: readonly PerformanceValue[] } = {},
): string {
  const data = values.map(performanceText).join(" ");
  const shown = cut(visible(text).replaceAll("|", String.raw`\u007c`));
  return `${state.toUpperCase()} - ${shown}${data === "" ? "" : ` | ${data}`}\n`;
}

function performanceText({ label, value, unit = "", most, ranges = {} }: PerformanceValue): string {
  const { warning = "", critical = "" } = ranges;
  return `'${label}'=${value}${unit}${most === undefined ? "" : `;${warning};${critical};0;${most}`}`;
}

/** The text, or a beginning of it that fits. */
function cut(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MOST_TEXT) return text;
  const room = new Uint8Array(MOST_TEXT - 3);
  const { read } = new TextEncoder().encodeInto(text, room);
  return `${text.slice(0, read)}...`;
}
