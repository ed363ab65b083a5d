/**
 * `deno task bench`: ratios against the programs that lvsctl replaces, all of a comparison in one guest, and against the
 * bare runtime, on this machine. Words choose among them. Ends with 1 if a limit does not hold.
 *
 * @module
 */

import { runInGuest } from "../lab/guest.ts";
import { PROGRAM_CACHE, ROOT } from "../suite.ts";
import { ipvsadmContests } from "./ipvsadm.ts";
import { compileMeter, type Contest, formatContests, holds, METER } from "./measure.ts";
import { probeContests } from "./probes.ts";
import { siteContests } from "./site.ts";
import { startupContests } from "./startup.ts";

/** What can be measured, by the words that choose it. */
const BENCHES: Readonly<Record<string, () => Promise<readonly Contest[]>>> = {
  restore: () => contestsOf("restore.ts"),
  plan: () => contestsOf("plan.ts"),
  ipvsadm: () => ipvsadmContests(),
  connections: () => contestsOf("connections.ts"),
  health: () => contestsOf("health.ts"),
  checks: () => contestsOf("checks.ts"),
  scrape: () => contestsOf("scrape.ts"),
  startup: () => startupContests(),
  probes: () => probeContests(),
  site: () => siteContests(),
};

/** What a script that runs in a guest of its own prints. */
async function contestsOf(script: string): Promise<readonly Contest[]> {
  const directory = await Deno.makeTempDir({ prefix: "lvsctl-bench-" });
  try {
    const { code, stdout, stderr } = await runInGuest(
      [Deno.execPath(), "run", "--allow-all", "--no-check", "--no-lock", `${ROOT}/tests/bench/${script}`],
      {
        cwd: ROOT,
        // As on a director, where root may write there: the runtime keeps its compiled code in it.
        writable: [PROGRAM_CACHE],
        visible: [directory],
        env: {
          PATH: `${ROOT}/dist:/usr/sbin:/usr/bin:/sbin:/bin`,
          LVSCTL_CACHE_DIR: PROGRAM_CACHE,
          [METER]: compileMeter(directory),
        },
        memory: "2G",
        timeLimitSeconds: 540,
      },
    );
    if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  const print = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  const contests: Contest[] = [];
  let failed = 0;
  for (const [name, measure] of Object.entries(BENCHES)) {
    if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
    try {
      contests.push(...await measure());
    } catch (error) {
      // What the others measured is worth an hour.
      failed++;
      print(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  print(formatContests(contests));
  Deno.exit(failed === 0 && contests.length > 0 && contests.every(holds) ? 0 : 1);
}
