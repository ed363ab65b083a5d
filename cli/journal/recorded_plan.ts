import { defined, type KernelState } from "../../core/model/mod.ts";
import { type Plan, planFrom, type Target } from "../../core/reconcile/mod.ts";
import type { Snapshot } from "./snapshot.ts";

/** Some services of the table, and its settings if they are part of a change. */
export type ChangedParts = Pick<Target, "services" | "timeouts" | "syncDaemons" | "vips">;

/** The parts of the table that a run changed, as far as its snapshot has them. */
export interface RecordedChange {
  /** The changed parts of the table before the run. */
  readonly before: ChangedParts;
  /** The same after the run; undefined if the snapshot does not have it. */
  readonly after: ChangedParts | undefined;
  /** The changes from one to the other; undefined without `after`. */
  readonly plan: Plan | undefined;
}

/** The change that a snapshot records. */
export function recordedChange(snapshot: Snapshot): RecordedChange {
  const { before, after, digests, settings: { timeouts, syncDaemons, vips } } = snapshot;
  const old = defined({
    services: before,
    timeouts: timeouts?.before,
    syncDaemons: syncDaemons?.before,
    vips: vips?.before,
  });
  if (after === undefined) return { before: old, after: undefined, plan: undefined };
  const target: Target = defined({
    services: after,
    exact: true,
    within: new Set(digests.keys()),
    timeouts: timeouts?.after,
    syncDaemons: syncDaemons?.after,
    vips: vips?.after,
  });
  const state: KernelState = defined({
    services: before,
    timeouts: timeouts?.before ?? { tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 0 },
    syncDaemons: syncDaemons?.before ?? [],
    vips: vips?.before.map((vip) => ({ ...vip, owned: true, state: "up" as const })),
  });
  const { services, timeouts: newTimeouts, syncDaemons: newDaemons, vips: newVips } = target;
  return {
    before: old,
    after: defined({ services, timeouts: newTimeouts, syncDaemons: newDaemons, vips: newVips }),
    plan: { ...planFrom(state, target), before: state, target, only: undefined },
  };
}
