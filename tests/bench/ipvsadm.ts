/**
 * lvsctl in place of ipvsadm against the real one, as whole processes, in one guest per size of the table.
 *
 * @module
 */
import { runInGuest } from "../lab/guest.ts";
import { ruleSet, type RuleSetSize } from "../lab/ipvsadm/rule_sets.ts";
import { print, PROGRAM, PROGRAM_CACHE, ROOT } from "../suite.ts";
import { type Contest, formatContests, holds, median } from "./measure.ts";

/** One table size. */
interface Round extends RuleSetSize {
  /** Times that ipvsadm restores; it is slow at it. */
  readonly realRestores: number;
  /** Times that lvsctl restores. */
  readonly restores: number;
  /** Times that each lists. */
  readonly listings: number;
  /** By how much lvsctl has to be faster at each command: below 1 it may be slower. */
  readonly limits: Readonly<Record<string, number>>;
}

/** The limits of the issue "lvsctl is a drop-in ipvsadm". */
const ROUNDS: readonly Round[] = [
  {
    services: 1000,
    servers: 10,
    realRestores: 3,
    restores: 3,
    listings: 7,
    limits: { "-R": 4, "-Sn": 1 / 1.3, "-Ln": 1 / 1.3 },
  },
  { services: 10_000, servers: 1, realRestores: 1, restores: 1, listings: 3, limits: { "-Sn": 2, "-Ln": 2 } },
  { services: 1000, servers: 100, realRestores: 1, restores: 3, listings: 0, limits: { "-R": 6 } },
];

/** What is measured. */
export interface BenchOptions {
  /** The compiled lvsctl. */
  readonly program?: string;
  /** Where it unpacks itself. */
  readonly cache?: string;
}

/**
 * Measures, and prints a table of medians and ratios.
 *
 * @returns Whether every limit holds.
 */
export async function benchIpvsadm(options: BenchOptions = {}): Promise<boolean> {
  const contests = await ipvsadmContests(options);
  print(formatContests(contests));
  return contests.every(holds);
}

/** Measures. */
export async function ipvsadmContests(options: BenchOptions = {}): Promise<readonly Contest[]> {
  const contests: Contest[] = [];
  for (const round of ROUNDS) contests.push(...await measure(round, options));
  return contests;
}

async function measure(round: Round, options: BenchOptions): Promise<readonly Contest[]> {
  const { services, servers, realRestores, restores, listings, limits } = round;
  const { program = PROGRAM, cache = PROGRAM_CACHE } = options;
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/rules`, ruleSet(round));
    const counts = [realRestores, restores, listings].map(String);
    const { code, stdout, stderr } = await runInGuest(
      [`${ROOT}/tests/bench/ipvsadm-in-guest`, program, `${directory}/rules`, ...counts],
      {
        cwd: directory,
        // As on a director, where root may write there: the runtime keeps its compiled code in it.
        writable: [cache],
        env: { LVSCTL_CACHE_DIR: cache },
        memory: "2G",
        timeLimitSeconds: 540,
      },
    );
    if (code !== 0) throw new Error(`${services} x ${servers} ended with ${code}:\n${stdout}${stderr}`);
    const times = readTimes(stdout);
    return Object.entries(limits).map(([command, atLeast]) => ({
      name: `ipvsadm ${command}, ${services} x ${servers}`,
      otherMs: median(times.get(`${command} ipvsadm`) ?? []),
      lvsctlMs: median(times.get(`${command} lvsctl`) ?? []),
      atLeast,
    }));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Milliseconds by command and program. */
function readTimes(output: string): ReadonlyMap<string, number[]> {
  const times = new Map<string, number[]>();
  for (const [, name = "", microseconds] of output.matchAll(/^(-\w+ \w+) (\d+)$/gm)) {
    times.set(name, [...times.get(name) ?? [], Number(microseconds) / 1000]);
  }
  return times;
}
