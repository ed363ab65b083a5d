import { runCommand } from "../../core/process/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";

/** How long the service manager may take to answer; milliseconds. */
const ANSWER_MS = 5000;

/** Runs a command, and returns the beginning of its standard output; undefined if it fails. */
export type JobLister = (words: readonly string[]) => Promise<string | undefined>;

/**
 * Whether systemd is stopping a unit for good. A restart, also after a failure, starts it again.
 *
 * @param unit Its name.
 * @param list Runs systemctl.
 */
export async function isUnitStopping(unit: string, list: JobLister = listBySystemctl): Promise<boolean> {
  const jobs = await list(["systemctl", "list-jobs", "--no-legend", "--no-pager", "--plain", "--full", "--", unit]);
  return jobs?.split("\n").some((line) => {
    const [, name, kind] = line.trim().split(/ +/);
    return name === unit && kind === "stop";
  }) ?? false;
}

async function listBySystemctl(words: readonly string[]): Promise<string | undefined> {
  const deadline = new AbortController();
  using _limit = SYSTEM_CLOCK.setTimer(() => deadline.abort(), ANSWER_MS);
  const end = await runCommand(words, { environment: {}, signal: deadline.signal, clock: SYSTEM_CLOCK });
  return end.kind === "ended" && end.status.success ? end.stdout : undefined;
}
