/**
 * Measuring whole processes against each other, and telling whether a ratio holds.
 *
 * @module
 */

/** What lvsctl took, beside what another program took or may be taken at most. */
export interface Contest {
  /** What is done. */
  readonly name: string;
  /** The median of the other program, or the limit itself. */
  readonly other: number;
  /** The median of lvsctl. */
  readonly lvsctl: number;
  /**
   * The unit of both.
   *
   * @default {"ms"}
   */
  readonly unit?: "ms" | "MB";
  /**
   * The limit: the other one is at least so many times lvsctl's. Below 1 lvsctl may take more. Undefined for a row that
   * has no limit.
   */
  readonly atLeast?: number | undefined;
}

/** How many times lvsctl's the other one is. */
export function speedup({ other, lvsctl }: Contest): number {
  return other / lvsctl;
}

/** Whether the limit holds. */
export function holds(contest: Contest): boolean {
  return contest.atLeast === undefined || speedup(contest) >= contest.atLeast;
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

/** What one process took. */
export interface Cost {
  /** CPU time, user and system together, its children's included; milliseconds. */
  readonly cpuMs: number;
  /** Time as a whole; milliseconds. */
  readonly ms: number;
  /** The most memory that it had at once. */
  readonly megabytes: number;
}

/** The variable with the path of the compiled meter.c, for scripts that run in a guest. */
export const METER = "LVSCTL_BENCH_METER";

/** Where and how a measured process runs. */
export interface CostOptions {
  /** The compiled meter.c; by default that of {@linkcode METER}. */
  readonly meter?: string;
  /** Environment variables, added to this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that is its standard input; by default it is empty. */
  readonly input?: string | undefined;
  /** The network namespace, which is entered before the clock starts. */
  readonly namespace?: string | undefined;
}

/**
 * Runs a program to its end and gives what it took.
 *
 * @throws {Error} If it fails.
 */
export function costOf(
  argv: readonly string[],
  { meter = Deno.env.get(METER) ?? "", env = {}, input, namespace }: CostOptions = {},
): Cost {
  const [program = "", ...args] = [
    ...namespace === undefined ? [] : ["ip", "netns", "exec", namespace],
    meter,
    ...input === undefined ? [] : ["--input", input],
    ...argv,
  ];
  const { code, stdout, stderr } = new Deno.Command(program, { args, env: { ...env }, stdin: "null" }).outputSync();
  const decoder = new TextDecoder();
  if (code !== 0) {
    throw new Error(`"${argv.join(" ")}" ended with ${code}: ${decoder.decode(stderr).slice(0, 300)}`);
  }
  const [cpu, time, kilobytes] = decoder.decode(stdout).split(" ").map(Number);
  return { cpuMs: (cpu ?? NaN) / 1000, ms: (time ?? NaN) / 1000, megabytes: (kilobytes ?? NaN) / 1024 };
}

/**
 * Compiles meter.c.
 *
 * @param directory Where.
 * @returns Its path.
 * @throws {Error} If there is no C compiler.
 */
export function compileMeter(directory: string): string {
  const meter = `${directory}/meter`;
  timeCommand(`cc -O2 -Wall -o ${meter} ${new URL("meter.c", import.meta.url).pathname}`);
  return meter;
}

/** A program that does nothing. */
export function emptyProgram(directory: string): string {
  const path = `${directory}/empty.js`;
  Deno.writeTextFileSync(path, "");
  return path;
}

/** The contests as a table for people. */
export function formatContests(contests: readonly Contest[]): string {
  const rows = [
    ["", "other", "lvsctl", "", "ratio", "limit", ""],
    ...contests.map((contest) => [
      contest.name,
      contest.other.toFixed(0),
      contest.lvsctl.toFixed(0),
      contest.unit ?? "ms",
      speedup(contest).toFixed(2),
      contest.atLeast?.toFixed(2) ?? "-",
      holds(contest) ? "ok" : "MISSED",
    ]),
  ];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))
      .join("  ").trimEnd() + "\n"
  ).join("");
}
