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
  /** What it wrote about its failures; absent if it has none. */
  readonly failure?: string;
}

/** The most lines that are repeated of what a suite wrote about its failures. */
const MAX_FAILURE_LINES = 30;

/**
 * Judges a run of `deno test`.
 *
 * @param name of the suite
 * @param run what it wrote, how it ended, and how long it took
 * @returns what came of it
 */
export function outcomeOf(
  name: string,
  { stdout, stderr, code, seconds }: {
    readonly stdout: string;
    readonly stderr: string;
    readonly code: number;
    readonly seconds: number;
  },
): Outcome {
  const outcome = { name, ...countTests(stdout, code), seconds };
  return outcome.failed === 0 ? outcome : { ...outcome, failure: failureExcerpt(stdout + stderr) };
}

/**
 * What a run wrote about its failures: the errors of `deno test`, or else the end. The middle of a long one is left out.
 *
 * @param output all that it wrote
 * @returns its lines
 */
export function failureExcerpt(output: string): string {
  const errors = /^ ERRORS \s*([^]*?)\s*^ FAILURES /m.exec(withoutColours(output))?.[1];
  const lines = (errors ?? withoutColours(output)).trimEnd().split("\n");
  if (lines.length <= MAX_FAILURE_LINES) return lines.join("\n");
  const half = MAX_FAILURE_LINES / 2;
  return errors === undefined
    ? lines.slice(-MAX_FAILURE_LINES).join("\n")
    : [...lines.slice(0, half), "...", ...lines.slice(-half)].join("\n");
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
  const summaries = withoutColours(output).matchAll(/^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/gm);
  const [, passed = "0", failed = "0"] = [...summaries].at(-1) ?? [];
  const counts = { passed: Number(passed), failed: Number(failed) };
  const isHonest = exitCode === 0 ? counts.passed > 0 : counts.failed > 0;
  return isHonest ? counts : { ...counts, failed: counts.failed + 1 };
}

function withoutColours(output: string): string {
  // deno-lint-ignore no-control-regex -- the escapes of a coloured line
  return output.replace(/\x1b\[[0-9;]*m/g, "");
}

/**
 * Sums up.
 *
 * @param outcomes of the suites, in their order
 * @returns a table, what the failures wrote, and as its last line `N passed, N failed`
 */
export function summary(outcomes: readonly Outcome[]): string {
  const { passed, failed } = total(outcomes);
  const width = Math.max(...outcomes.map(({ name }) => name.length), "suite".length);
  const row = (name: string, ...columns: readonly (string | number)[]): string =>
    [name.padEnd(width), ...columns.map((column) => String(column).padStart(8))].join("");
  return [
    row("suite", "passed", "failed", "seconds"),
    ...outcomes.map((outcome) => row(outcome.name, outcome.passed, outcome.failed, outcome.seconds.toFixed(1))),
    ...outcomes.flatMap(({ name, failure }) => failure === undefined ? [] : ["", `== failed: ${name}`, failure]),
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
