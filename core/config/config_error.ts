import { EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";
import { formatProblem, type Problem } from "./source/problem.ts";

/** The error of an invalid file: all its problems, one per line as `FILE:LINE:COL: message`. */
export class ConfigError extends LvsctlError {
  /** Class name. */
  override name: string = "ConfigError";
  /** The problems, in the order of the file. */
  readonly problems: readonly Problem[];

  /**
   * Composes the message from the problems.
   *
   * @param file The file's name; "-" is standard input.
   * @param problems The problems, at least one.
   * @param options.exitCode The exit status; by default the status for wrong usage.
   */
  constructor(file: string, problems: readonly Problem[], options: { readonly exitCode?: ExitCode } = {}) {
    super(problems.map((problem) => formatProblem(file, problem)).join("\n"), { exitCode: EXIT.usage, ...options });
    this.problems = problems;
  }
}
