import { EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";
import { formatProblem, type Problem } from "./source/problem.ts";

/** A file that is not valid: everything that is wrong with it, one line per problem as `FILE:LINE:COL: message`. */
export class ConfigError extends LvsctlError {
  /** Class name, for debugging. */
  override name: string = "ConfigError";
  /** All that is wrong, in the order of the file. */
  readonly problems: readonly Problem[];

  /**
   * Makes the error and its message.
   *
   * @param file The file's name; "-" is standard input.
   * @param problems What is wrong with it, at least one.
   * @param options.exitCode The status to end with; that the file is wrong by default.
   */
  constructor(file: string, problems: readonly Problem[], options: { readonly exitCode?: ExitCode } = {}) {
    super(problems.map((problem) => formatProblem(file, problem)).join("\n"), { exitCode: EXIT.usage, ...options });
    this.problems = problems;
  }
}
