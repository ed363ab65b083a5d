/**
 * `deno task bench`: ratios against the programs that lvsctl replaces, all of a comparison in one guest. Ends with 1 if
 * a limit does not hold.
 *
 * @module
 */

import { runInGuest } from "../lab/guest.ts";
import { PROGRAM_CACHE, ROOT } from "../suite.ts";
import { type Contest, formatContests, holds } from "./measure.ts";

/** Scripts that run in a guest of their own and print contests. */
const SCRIPTS = ["restore.ts"];

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
  const chosen = SCRIPTS.filter((script) => Deno.args.length === 0 || Deno.args.some((word) => script.includes(word)));
  const contests: Contest[] = [];
  for (const script of chosen) contests.push(...await contestsOf(script));
  Deno.stdout.writeSync(new TextEncoder().encode(formatContests(contests)));
  Deno.exit(contests.length > 0 && contests.every(holds) ? 0 : 1);
}
