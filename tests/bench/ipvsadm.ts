/**
 * lvsctl in place of ipvsadm against the real one, as whole processes, in one guest per size of the table.
 *
 * @module
 */
import { runInGuest } from "../lab/guest.ts";
import { ruleSet, type RuleSetSize } from "../lab/ipvsadm/rule_sets.ts";
import { PROGRAM, PROGRAM_CACHE, ROOT } from "../suite.ts";
import { type Contest, median } from "./measure.ts";

/** One table size. */
interface Round extends RuleSetSize {
  /** Times that ipvsadm restores; it is slow at it. */
  readonly realRestores: number;
  /** Times that lvsctl restores. */
  readonly restores: number;
  /** Times that each lists. */
  readonly listings: number;
  /** By how much lvsctl has to be faster at each command. */
  readonly limits: Readonly<Record<string, Limits>>;
}

/** How many times as fast lvsctl has to be; undefined without a limit. */
interface Limits {
  /** As a whole process. */
  readonly whole?: number;
  /** Without what starting the runtime takes, which in the lab is half of a short command. */
  readonly started?: number;
}

const ROUNDS: readonly Round[] = [
  {
    services: 1000,
    servers: 10,
    realRestores: 3,
    restores: 3,
    listings: 7,
    limits: { "-R": { started: 5 }, "-Sn": { started: 1 / 0.7 }, "-Ln": { started: 1 / 0.7 } },
  },
  {
    services: 10_000,
    servers: 1,
    realRestores: 1,
    restores: 1,
    listings: 5,
    limits: { "-Sn": { whole: 2.5 }, "-Ln": { whole: 2.5 } },
  },
  { services: 1000, servers: 100, realRestores: 1, restores: 3, listings: 0, limits: { "-R": { whole: 10 } } },
];

/** Measures the compiled program. */
export async function ipvsadmContests(): Promise<readonly Contest[]> {
  const contests: Contest[] = [];
  for (const round of ROUNDS) contests.push(...await measure(round));
  return contests;
}

async function measure(round: Round): Promise<readonly Contest[]> {
  const { services, servers, realRestores, restores, listings, limits } = round;
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/rules`, ruleSet(round));
    const counts = [realRestores, restores, listings].map(String);
    const { code, stdout, stderr } = await runInGuest(
      [`${ROOT}/tests/bench/ipvsadm-in-guest`, PROGRAM, `${directory}/rules`, ...counts, Deno.execPath()],
      {
        cwd: directory,
        // As on a director, where root may write there: the runtime keeps its compiled code in it.
        writable: [PROGRAM_CACHE],
        env: { LVSCTL_CACHE_DIR: PROGRAM_CACHE },
        memory: "2G",
        timeLimitSeconds: 540,
      },
    );
    if (code !== 0) throw new Error(`${services} x ${servers} ended with ${code}:\n${stdout}${stderr}`);
    const times = readTimes(stdout);
    const start = median(times.get("start empty") ?? []);
    return Object.entries(limits).flatMap(([command, { whole, started }]): Contest[] => {
      const name = `ipvsadm ${command}, ${services} x ${servers}`;
      const other = median(times.get(`${command} ipvsadm`) ?? []);
      const lvsctl = median(times.get(`${command} lvsctl`) ?? []);
      return [
        { name, other, lvsctl, atLeast: whole },
        { name: `${name}, without the runtime's start`, other, lvsctl: lvsctl - start, atLeast: started },
      ];
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Milliseconds by command and program. */
function readTimes(output: string): ReadonlyMap<string, number[]> {
  const times = new Map<string, number[]>();
  for (const [, name = "", microseconds] of output.matchAll(/^(-?\w+ \w+) (\d+)$/gm)) {
    times.set(name, [...times.get(name) ?? [], Number(microseconds) / 1000]);
  }
  return times;
}
