import { EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";
import { displayName, formatProblem, type Problem } from "./source/problem.ts";

/** Most problems that a message lists. */
const MAX_LISTED = 500;

/** The error of an invalid file: all its problems, one per line as `FILE:LINE:COL: message`. */
export class ConfigError extends LvsctlError {
  /** Class name. */
  override name: string = "ConfigError";
  /** The problems, in the order of the file. */
  readonly problems: readonly Problem[];
  /** Number of further problems that are not listed. */
  readonly unlisted: number;

  /**
   * Composes the message from the problems.
   *
   * @param file The file's name; "-" is standard input.
   * @param problems The problems, at least one.
   * @param options.unlisted Number of further problems.
   * @param options.exitCode The exit status; by default the status for wrong usage.
   */
  constructor(
    file: string,
    problems: readonly Problem[],
    options: { readonly exitCode?: ExitCode; readonly unlisted?: number } = {},
  ) {
    const { exitCode = EXIT.usage } = options;
    const listed = problems.slice(0, MAX_LISTED);
    const unlisted = (options.unlisted ?? 0) + problems.length - listed.length;
    const lines = listed.map((problem) => formatProblem(file, problem));
    if (unlisted > 0) lines.push(`${displayName(file)}: ${unlisted} more problems are not listed`);
    super(lines.join("\n"), { exitCode });
    this.problems = listed;
    this.unlisted = unlisted;
  }
}
