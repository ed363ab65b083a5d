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

/**
 * Refuses options that print something else than the line of a monitoring plugin.
 *
 * @param format The format; without one, every option is right.
 * @param others The other options, and whether they are given.
 * @throws {LvsctlError} If one is given.
 */
export function refuseWithFormat(
  format: (typeof PLUGIN_FORMATS)[number] | undefined,
  others: Readonly<Record<string, boolean>>,
): void {
  const other = Object.keys(others).find((name) => others[name] === true);
  if (format === undefined || other === undefined) return;
  throw new LvsctlError(`--format ${format} and ${other} exclude each other`, {
    hint: "use one of them",
    exitCode: EXIT.usage,
  });
}
