import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { wordArgument, type WordParser } from "./arguments.ts";

/** The option that chooses the format for a monitoring program. */
export const FORMAT_FLAGS = "--format <format>";

/** The formats for monitoring programs. */
export const PLUGIN_FORMATS = ["nagios"] as const;

/** Help for `--format`. */
export const FORMAT_HELP = "nagios: one line and the exit status of a monitoring plugin";

/** Reads the format for a monitoring program. */
export const formatArgument: WordParser<(typeof PLUGIN_FORMATS)[number]> = wordArgument(PLUGIN_FORMATS);

/** The option for the range without a warning. */
export const WARNING_FLAGS = "-w, --warning <range>";

/** The option for the range that is not critical. */
export const CRITICAL_FLAGS = "-c, --critical <range>";

/** Help for `--warning`. */
export const WARNING_HELP = "with --format: range of unhealthy servers without a warning; 3 is 0 to 3 (default: 0)";

/** Help for `--critical`. */
export const CRITICAL_HELP = "with --format: range of unhealthy servers that is not critical (default: any number)";

/**
 * Refuses options that print something else than the line of a monitoring plugin, and its thresholds without it.
 *
 * @param format The format.
 * @param options.others The options that print something else, and whether they are given.
 * @param options.thresholds The options that need a format.
 * @throws {LvsctlError} If one is wrong.
 */
export function refuseWithFormat(
  format: (typeof PLUGIN_FORMATS)[number] | undefined,
  { others, thresholds }: {
    readonly others: Readonly<Record<string, boolean>>;
    readonly thresholds: { readonly warning?: unknown; readonly critical?: unknown };
  },
): void {
  if (format === undefined) {
    const threshold = (["warning", "critical"] as const).find((name) => thresholds[name] !== undefined);
    if (threshold === undefined) return;
    throw new LvsctlError(`--${threshold} needs --format`, {
      hint: `add --format ${PLUGIN_FORMATS[0]}`,
      exitCode: EXIT.usage,
    });
  }
  const other = Object.keys(others).find((name) => others[name] === true);
  if (other === undefined) return;
  throw new LvsctlError(`--format ${format} and ${other} exclude each other`, {
    hint: "use one of them",
    exitCode: EXIT.usage,
  });
}
