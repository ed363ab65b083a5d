/**
 * Timing whole processes against each other, and telling whether a ratio holds.
 *
 * @module
 */

/** Whole processes that are compared. */
export interface Contest {
  /** What is done. */
  readonly name: string;
  /** Median of the other program; milliseconds. */
  readonly otherMs: number;
  /** Median of lvsctl; milliseconds. */
  readonly lvsctlMs: number;
  /** The limit: lvsctl is at least so many times as fast (or, below 1, at most so many times as slow, inverted). */
  readonly atLeast: number;
}

/** How many times as fast as the other lvsctl is. */
export function speedup({ otherMs, lvsctlMs }: Contest): number {
  return otherMs / lvsctlMs;
}

/** Whether the limit holds. */
export function holds(contest: Contest): boolean {
  return speedup(contest) >= contest.atLeast;
}

/** The middle of the values; the mean of the two middle ones for an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/**
 * Runs a shell command and gives how long it took as a whole.
 *
 * @returns Milliseconds.
 * @throws {Error} If it fails: what fails quickly is no achievement.
 */
export function timeCommand(command: string): number {
  const started = performance.now();
  const { code, stderr } = new Deno.Command("sh", { args: ["-c", command], stdout: "null", stderr: "piped" })
    .outputSync();
  const elapsed = performance.now() - started;
  if (code !== 0) throw new Error(`"${command}" ended with ${code}: ${new TextDecoder().decode(stderr).slice(0, 300)}`);
  return elapsed;
}

/** The contests as a table for people. */
export function formatContests(contests: readonly Contest[]): string {
  const rows = [
    ["", "other ms", "lvsctl ms", "ratio", "limit", ""],
    ...contests.map((contest) => [
      contest.name,
      contest.otherMs.toFixed(0),
      contest.lvsctlMs.toFixed(0),
      speedup(contest).toFixed(2),
      contest.atLeast.toFixed(2),
      holds(contest) ? "ok" : "TOO SLOW",
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))
      .join("  ").trimEnd() + "\n"
  ).join("");
}
