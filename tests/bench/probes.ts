/**
 * On this machine, not in a guest: the CPU time of a probe, next to a bare loop over epoll in C that probes the same
 * servers at the same pace.
 *
 * @module
 */

import { bundle, stopBundler } from "../../packaging/bundle.ts";
import { DAEMON_ENGINE, RUN_FLAGS } from "../../packaging/runtime_flags.ts";
import { type Contest, median } from "./measure.ts";

/** How many times the CPU time of the loop in C a probe may take. */
const LIMITS = { tcp: 1.4, http: 2 } as const;

const PORTS = { tcp: 18080, http: 18081 } as const;

/** Servers, and how often each is probed: often enough that the clock of CPU time has little effect. */
const SERVERS = 1000;
const INTERVAL_MS = { tcp: 200, http: 1000 } as const;

const SECONDS = 4;

/** Measurements of each, in turn, so that both have the same neighbours. */
const ROUNDS = 5;

type Type = keyof typeof LIMITS;

async function output(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], env, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`"${program} ${args.join(" ")}" ended with ${code}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** A probe of one type by both programs. */
async function measure(
  type: Type,
  { loop, worker, env }: { readonly loop: string; readonly worker: string; readonly env: Record<string, string> },
): Promise<Contest> {
  const port = String(PORTS[type]);
  const what = [type, port, String(SERVERS), String(INTERVAL_MS[type]), String(SECONDS)];
  const servers = new Deno.Command(loop, { args: ["serve", type, port], stdin: "null" }).spawn();
  try {
    const times = { loop: [] as number[], worker: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      times.loop.push(Number(await output(loop, ["probe", ...what])) / 1000);
      times.worker.push(
        Number(await output(Deno.execPath(), [...RUN_FLAGS, DAEMON_ENGINE, worker, ...what], env)) / 1000,
      );
    }
    const [other, lvsctl] = [median(times.loop), median(times.worker)];
    const ratios = times.worker.map((time, round) => time / (times.loop[round] ?? NaN));
    return {
      name: `CPU of 1,000 ${type} probes against a loop in C: ${median(ratios).toFixed(2)} times, ` +
        `at most ${LIMITS[type]} (rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`,
      other,
      lvsctl,
      atLeast: 1 / LIMITS[type],
    };
  } finally {
    servers.kill("SIGKILL");
    await servers.status;
  }
}

/**
 * Measures probes by TCP and by HTTP.
 *
 * @returns One contest for each, with the medians of the rounds.
 * @throws {Error} If the C compiler is missing, or a probe fails.
 */
export async function probeContests(): Promise<readonly Contest[]> {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-bench-" });
  try {
    const loop = `${directory}/probe_loop`;
    await output("cc", ["-O2", "-Wall", "-o", loop, new URL("probe_loop.c", import.meta.url).pathname, "-lm"]);
    const worker = `${directory}/probe_worker.js`;
    await Deno.writeTextFile(worker, await bundle(new URL("probe_worker.ts", import.meta.url).pathname));
    const env = { DENO_DIR: `${directory}/deno`, DENO_NO_UPDATE_CHECK: "1" };
    const contests: Contest[] = [];
    for (const type of ["tcp", "http"] as const) contests.push(await measure(type, { loop, worker, env }));
    return contests;
  } finally {
    await stopBundler();
    await Deno.remove(directory, { recursive: true });
  }
}
