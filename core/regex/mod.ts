/**
 * Regular expressions of files: JavaScript's syntax and meaning, matched in linear time.
 *
 * @module
 */

export { Regex, regexProblem, RegexSearch, stepLimit } from "./regex.ts";
export type { StepLimit } from "./automaton.ts";
