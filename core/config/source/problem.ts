import type { FindingSeverity } from "../../findings/mod.ts";
import { visible } from "../../model/mod.ts";

/** A problem in a file, and its place. */
export interface Problem {
  /** The included file that has the problem; undefined for the file that the caller named. */
  readonly file?: string | undefined;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1, in UTF-16 units as editors count them. */
  readonly column: number;
  /** Description of the problem: one line, a sentence without its period. */
  readonly message: string;
}

/** A construct that is valid but cannot work, or is probably a mistake. */
export interface Warning extends Problem {
  /** Kind of the warning, by which a comment in the file allows it: "weights-zero". */
  readonly code: string;
  /** Its severity; undefined is a warning. */
  readonly severity?: FindingSeverity | undefined;
}

/** The name of a file in messages: "-" is standard input. */
export function displayName(file: string): string {
  return file === "-" ? "<stdin>" : visible(file);
}

/** A problem as one line: `FILE:LINE:COL: message`. */
export function formatProblem(file: string, problem: Problem): string {
  return `${displayName(problem.file ?? file)}:${problem.line}:${problem.column}: ${problem.message}`;
}
