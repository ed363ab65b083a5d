/**
 * On this machine, not in a guest, where page faults cost a multiple: the CPU time of starting the program, beside that
 * of the runtime with an empty file. Both have the same flags and a cache of compiled code.
 *
 * @module
 */

import { RUNTIME_FLAGS } from "../../packaging/runtime_flags.ts";
import { PROGRAM } from "../suite.ts";
import { type Contest, median } from "./measure.ts";

/** The program may take so many times the CPU time of an empty file. */
const LIMIT = 1.25;

/** Starts of each that are measured, in turn, so that both have the same neighbours. */
const RUNS = 60;

/** Starts before, which fill the caches. */
const WARM_UP = 5;

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
 * @returns one contest, with medians
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
    const cpuMs = async (...argv: string[]): Promise<number> => Number(await output(meter, argv, env)) / 1000;
    const other: number[] = [];
    const lvsctl: number[] = [];
    for (let run = -WARM_UP; run < RUNS; run++) {
      const pair = [await cpuMs(Deno.execPath(), ...RUNTIME_FLAGS, empty), await cpuMs(PROGRAM, "version")] as const;
      if (run < 0) continue;
      other.push(pair[0]);
      lvsctl.push(pair[1]);
    }
    const [otherMs, lvsctlMs] = [median(other), median(lvsctl)];
    const times = (lvsctlMs / otherMs).toFixed(2);
    const name = `lvsctl version, CPU time against deno run of an empty file: ${times} times, at most ${LIMIT}`;
    return [{ name, otherMs, lvsctlMs, atLeast: 1 / LIMIT }];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
