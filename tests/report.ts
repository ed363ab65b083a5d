/**
 * What the test runner counts and prints.
 *
 * @module
 */

/** How many tests passed and failed. */
export interface Counts {
  /** Tests, or steps such as lint, that passed. */
  readonly passed: number;
  /** Those that failed. */
  readonly failed: number;
}

/** What came of a suite. */
export interface Outcome extends Counts {
  /** The suite. */
  readonly name: string;
  /** How long it took. */
  readonly seconds: number;
}

/**
 * Counts what a run of `deno test` did. One that ran no test, or that failed without saying which, counts as a
 * failure: a test that is missing must not pass.
 *
 * @param output what it wrote to standard output
 * @param exitCode how it ended
 * @returns the counts
 */
export function countTests(output: string, exitCode: number): Counts {
  // deno-lint-ignore no-control-regex -- the escapes of a coloured line
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const summaries = plain.matchAll(/^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/gm);
  const [, passed = "0", failed = "0"] = [...summaries].at(-1) ?? [];
  const counts = { passed: Number(passed), failed: Number(failed) };
  const isHonest = exitCode === 0 ? counts.passed > 0 : counts.failed > 0;
  return isHonest ? counts : { ...counts, failed: counts.failed + 1 };
}

/**
 * Sums up.
 *
 * @param outcomes of the suites, in their order
 * @returns a table, and as its last line `N passed, N failed`
 */
export function summary(outcomes: readonly Outcome[]): string {
  const { passed, failed } = total(outcomes);
  const width = Math.max(...outcomes.map(({ name }) => name.length), "suite".length);
  const row = (name: string, ...columns: readonly (string | number)[]): string =>
    [name.padEnd(width), ...columns.map((column) => String(column).padStart(8))].join("");
  return [
    row("suite", "passed", "failed", "seconds"),
    ...outcomes.map((outcome) => row(outcome.name, outcome.passed, outcome.failed, outcome.seconds.toFixed(1))),
    "",
    `${passed} passed, ${failed} failed`,
    "",
  ].join("\n");
}

/**
 * Adds up.
 *
 * @param all the counts
 * @returns their sum
 */
export function total(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
}
