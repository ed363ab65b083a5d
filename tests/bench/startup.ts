/**
 * On this machine, not in a guest, where page faults cost a multiple: the CPU time of starting the program, beside that
 * of the runtime with an empty file. Both have the same flags and a cache of compiled code.
 *
 * @module
 */

import { RUNTIME_FLAGS } from "../../packaging/runtime_flags.ts";
import { quantile } from "../lab/many_servers.ts";
import { PROGRAM } from "../suite.ts";
import { compileMeter, type Contest, costOf, emptyProgram } from "./measure.ts";

/** Starts that print the version may take so many times the CPU time of an empty file. */
const VERSION_LIMIT = 1.2;

/** Starts that build a command of the tree, with its options, may take so many times. */
const COMMAND_LIMIT = 1.6;

/** Starts of each that are measured, in turn, so that both have the same neighbours. */
const RUNS = 80;

/** Starts before, which fill the caches. */
const WARM_UP = 5;

/** Of the sorted times the one at this share is compared: what other programs cost a start only adds to it. */
const SHARE = 0.25;

/**
 * Measures the start of the compiled program.
 *
 * @returns one contest for each command line, with the times at {@linkcode SHARE}
 * @throws {Error} if the C compiler is missing, or a start fails
 */
export async function startupContests(): Promise<readonly Contest[]> {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-bench-" });
  try {
    const meter = compileMeter(directory);
    const env = { DENO_DIR: `${directory}/deno`, DENO_NO_UPDATE_CHECK: "1", LVSCTL_CACHE_DIR: `${directory}/cache` };
    const starts = [
      { argv: [Deno.execPath(), ...RUNTIME_FLAGS, emptyProgram(directory)], times: [] as number[] },
      { argv: [PROGRAM, "version"], times: [] as number[] },
      { argv: [PROGRAM, "list", "--help"], times: [] as number[] },
    ] as const;
    for (let run = -WARM_UP; run < RUNS; run++) {
      for (const { argv, times } of starts) {
        const { cpuMs } = costOf(argv, { meter, env });
        if (run >= 0) times.push(cpuMs);
      }
    }
    const [other, version, command] = starts.map(({ times }) => quantile(times.toSorted((a, b) => a - b), SHARE));
    return [
      contest("lvsctl version", { other, lvsctl: version, limit: VERSION_LIMIT }),
      contest("lvsctl list --help", { other, lvsctl: command, limit: COMMAND_LIMIT }),
    ];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function contest(
  name: string,
  { other = 0, lvsctl = 0, limit }: {
    readonly other: number | undefined;
    readonly lvsctl: number | undefined;
    readonly limit: number;
  },
): Contest {
  const times = (lvsctl / other).toFixed(2);
  return {
    name: `${name}, CPU time against deno run of an empty file: ${times} times, at most ${limit}`,
    other,
    lvsctl,
    atLeast: 1 / limit,
  };
}
