import { EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";

/** One thing that is wrong with a file, and where. */
export interface Problem {
  /** The file, where it is not the one that was asked for but one that it includes. */
  readonly file?: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1, in UTF-16 units as editors count them. */
  readonly column: number;
  /** What is wrong there: one line, a sentence without its period. */
  readonly message: string;
}

/** The name of a file as messages print it: "-" is standard input. */
export function displayName(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

/** A problem as one line: `FILE:LINE:COL: message`. */
export function formatProblem(file: string, problem: Problem): string {
  return `${displayName(problem.file ?? file)}:${problem.line}:${problem.column}: ${problem.message}`;
}

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
