import { type HealthState, probeDelayMs, type ProbeJob } from "../health/mod.ts";
import type { Health, ServerId, ServiceId } from "../model/mod.ts";
import type { CheckedServer, Knowledge } from "../follow/mod.ts";

/** The verdict of this director on a server. */
export interface OwnVerdict extends CheckedServer {
  /** Its health; unknown too if the last conclusive result of its check is old. */
  readonly health: Health;
  /** The health by which this director decides: it lasts while no result is conclusive. */
  readonly decided: Health;
}

/** The verdicts of this director on the servers of its file that have a check, in the order of the file. */
export function ownVerdicts({ jobs, records, now }: Knowledge): readonly OwnVerdict[] {
  return jobs.services.flatMap((service) =>
    jobs.of(service).flatMap(({ server, probe }): OwnVerdict[] =>
      probe === undefined ? [] : [verdictOf(service.service.id, {
        server,
        check: probe.check,
        state: records.state(probe.key),
        now,
      })]
    )
  );
}

function verdictOf(
  service: ServiceId,
  { server, check, state, now }: {
    readonly server: ServerId;
    readonly check: ProbeJob["check"];
    readonly state: HealthState;
    readonly now: number;
  },
): OwnVerdict {
  return { service, server, check, health: presentHealth(state, { check, now }), decided: state.health };
}

/**
 * The health, unless the last conclusive result is older than two rounds of the check: a director that cannot probe
 * knows nothing about the server.
 */
function presentHealth(
  state: HealthState,
  { check, now }: { readonly check: ProbeJob["check"]; readonly now: number },
): Health {
  const last = state.history.findLast(({ result }) => result.ok || !result.inconclusive);
  if (last === undefined) return "unknown";
  return Math.abs(now - last.at) > 2 * (probeDelayMs(state, check) + check.timeoutMs) ? "unknown" : state.health;
}
