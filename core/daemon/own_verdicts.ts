import { type HealthState, probeDelayMs, type ProbeJob } from "../health/mod.ts";
import type { Health } from "../model/mod.ts";
import type { CheckedServer, Knowledge } from "../follow/mod.ts";

/** The verdict of this director on a server. */
export interface OwnVerdict extends CheckedServer {
  /** Its health; unknown too if the last result of its check is old. */
  readonly health: Health;
}

/** The verdicts of this director on the servers of its file that have a check, in the order of the file. */
export function ownVerdicts({ jobs, records, now }: Knowledge): readonly OwnVerdict[] {
  return jobs.services.flatMap((service) =>
    jobs.of(service).flatMap(({ server, probe }): OwnVerdict[] =>
      probe === undefined ? [] : [{
        service: service.service.id,
        server,
        check: probe.check,
        health: presentHealth(records.state(probe.key), { check: probe.check, now }),
      }]
    )
  );
}

/** The health, unless the last result is older than two rounds of the check. */
function presentHealth(
  state: HealthState,
  { check, now }: { readonly check: ProbeJob["check"]; readonly now: number },
): Health {
  const last = state.history.at(-1);
  if (last === undefined) return "unknown";
  return Math.abs(now - last.at) > 2 * (probeDelayMs(state, check) + check.timeoutMs) ? "unknown" : state.health;
}
