/**
 * `deno task bench`: ratios against the programs that lvsctl replaces, all of a comparison in one guest, and against the
 * bare runtime, on this machine. Ends with 1 if a limit does not hold.
 *
 * @module
 */

import { runInGuest } from "../lab/guest.ts";
import { PROGRAM_CACHE, ROOT } from "../suite.ts";
import { ipvsadmContests } from "./ipvsadm.ts";
import { type Contest, formatContests, holds } from "./measure.ts";
import { probeContests } from "./probes.ts";
import { siteContests } from "./site.ts";
import { startupContests } from "./startup.ts";

/** What can be measured, by the words that choose it. */
const BENCHES: Readonly<Record<string, () => Promise<readonly Contest[]>>> = {
  restore: () => contestsOf("restore.ts"),
  plan: () => contestsOf("plan.ts"),
  ipvsadm: () => ipvsadmContests(),
  health: () => contestsOf("health.ts"),
  scrape: () => contestsOf("scrape.ts"),
  startup: () => startupContests(),
  probes: () => probeContests(),
  site: () => siteContests(),
};

/** What a script that runs in a guest of its own prints. */
async function contestsOf(script: string): Promise<readonly Contest[]> {
  const { code, stdout, stderr } = await runInGuest(
    [Deno.execPath(), "run", "--allow-all", "--no-check", "--no-lock", `${ROOT}/tests/bench/${script}`],
    {
      cwd: ROOT,
      // As on a director, where root may write there: the runtime keeps its compiled code in it.
      writable: [PROGRAM_CACHE],
      env: { PATH: `${ROOT}/dist:/usr/sbin:/usr/bin:/sbin:/bin`, LVSCTL_CACHE_DIR: PROGRAM_CACHE },
      memory: "2G",
      timeLimitSeconds: 540,
    },
  );
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout);
}

if (import.meta.main) {
  const contests: Contest[] = [];
  for (const [name, measure] of Object.entries(BENCHES)) {
    if (Deno.args.length === 0 || Deno.args.includes(name)) contests.push(...await measure());
  }
  Deno.stdout.writeSync(new TextEncoder().encode(formatContests(contests)));
  Deno.exit(contests.length > 0 && contests.every(holds) ? 0 : 1);
}
