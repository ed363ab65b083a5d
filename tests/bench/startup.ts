/**
 * On this machine, not in a guest, where page faults cost a multiple: the CPU time of starting the program, beside that
 * of the runtime with an empty file. Both have the same flags and a cache of compiled code.
 *
 * @module
 */

import { RUNTIME_FLAGS } from "../../packaging/runtime_flags.ts";
import { PROGRAM } from "../suite.ts";
import type { Contest } from "./measure.ts";

/** Starts that print the version may take so many times the CPU time of an empty file. */
const VERSION_LIMIT = 1.25;

/** Starts that build a command of the tree, with its options, may take so many times. */
const COMMAND_LIMIT = 1.6;

/** Starts of each that are measured, in turn, so that both have the same neighbours. */
const RUNS = 80;

/** Starts before, which fill the caches. */
const WARM_UP = 5;

/** Of the sorted times the one at this share is compared: what other programs cost a start only adds to it. */
const SHARE = 0.25;

/** Runs a program of the machine to its end and returns its output. */
async function output(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], env, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`"${program} ${args.join(" ")}" ended with ${code}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/**
 * Measures the start of the compiled program.
 *
 * @returns one contest for each command line, with the times at {@linkcode SHARE}
 * @throws {Error} if the C compiler is missing, or a start fails
 */
export async function startupContests(): Promise<readonly Contest[]> {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-bench-" });
  try {
    const meter = `${directory}/cpu_time`;
    await output("cc", ["-O2", "-o", meter, new URL("cpu_time.c", import.meta.url).pathname]);
    const empty = `${directory}/empty.js`;
    await Deno.writeTextFile(empty, "");
    const env = { DENO_DIR: `${directory}/deno`, DENO_NO_UPDATE_CHECK: "1", LVSCTL_CACHE_DIR: `${directory}/cache` };
    const starts = [
      { argv: [Deno.execPath(), ...RUNTIME_FLAGS, empty], times: [] as number[] },
      { argv: [PROGRAM, "version"], times: [] as number[] },
      { argv: [PROGRAM, "list", "--help"], times: [] as number[] },
    ] as const;
    for (let run = -WARM_UP; run < RUNS; run++) {
      for (const { argv, times } of starts) {
        const ms = Number(await output(meter, argv, env)) / 1000;
        if (run >= 0) times.push(ms);
      }
    }
    const [otherMs, versionMs, commandMs] = starts.map(({ times }) => quantile(times, SHARE));
    return [
      contest("lvsctl version", { otherMs, lvsctlMs: versionMs, limit: VERSION_LIMIT }),
      contest("lvsctl list --help", { otherMs, lvsctlMs: commandMs, limit: COMMAND_LIMIT }),
    ];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function contest(
  name: string,
  { otherMs = 0, lvsctlMs = 0, limit }: {
    readonly otherMs: number | undefined;
    readonly lvsctlMs: number | undefined;
    readonly limit: number;
  },
): Contest {
  const times = (lvsctlMs / otherMs).toFixed(2);
  return {
    name: `${name}, CPU time against deno run of an empty file: ${times} times, at most ${limit}`,
    otherMs,
    lvsctlMs,
    atLeast: 1 / limit,
  };
}

function quantile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;
}
