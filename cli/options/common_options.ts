/**
 * The options that many commands share, each in one place.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "./commander.ts";

/** The option for no information. */
export const QUIET = ["-q, --quiet", "print only warnings and errors"] as const;

const VERBOSE = ["-v, --verbose", "print every change that is made"] as const;
const NO_INPUT = ["--no-input", "never ask; act as without a terminal"] as const;

/** Commands that report by themselves all that they change. */
const REPORTING: ReadonlySet<string> = new Set(["drain", "run"]);

/**
 * Adds to a command that changes something the options about what it prints, and to one that asks the option against
 * questions: what changes has `--dry-run` or `--yes`, and what asks has `--yes`.
 */
export function addCommonOptions(command: CommandUnknownOpts): void {
  const names = new Set(command.options.map(({ long }) => long));
  const asks = names.has("--yes");
  if (!asks && !names.has("--dry-run")) return;
  if (names.has("--dry-run") && !names.has("--verbose") && !REPORTING.has(command.name())) command.option(...VERBOSE);
  command.addOption(new Option(...QUIET).conflicts("verbose"));
  if (asks) command.option(...NO_INPUT);
}
