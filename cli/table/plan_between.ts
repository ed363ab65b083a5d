import type { DesiredState, PresentVip } from "../../core/model/mod.ts";
import { type Plan, planFrom } from "../../core/reconcile/mod.ts";

/** The changes from one file to another one on a director whose table is as the first one requires. */
export function planBetween(before: DesiredState, after: DesiredState): Plan {
  const { timeouts = { tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 0 }, syncDaemons = [], services, vips } = before;
  const current = {
    timeouts,
    syncDaemons,
    services,
    vips: (vips ?? []).map((vip): PresentVip => ({ ...vip, owned: true, state: "up" })),
  };
  const target = {
    services: after.services,
    exact: true,
    timeouts: after.timeouts,
    syncDaemons: after.syncDaemons,
    vips: after.vips ?? [],
  };
  return { ...planFrom(current, target), before: current, target, only: undefined };
}
