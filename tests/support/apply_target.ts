import {
  type Addresses,
  applyPlan,
  applyPlanInParts,
  type AwaitedServer,
  type Kernel,
  type Plan,
  planTarget,
  type Target,
} from "../../core/reconcile/mod.ts";

/** Plans and applies a target; returns the plan. */
export function applyTarget(kernel: Kernel, target: Target, options: { readonly addresses?: Addresses } = {}): Plan {
  const plan = planTarget(kernel, target, options);
  applyPlan(kernel, plan, options);
  return plan;
}

/** Plans and applies a target whose servers are drained; returns the plan. */
export async function applyTargetWithDrain(
  kernel: Kernel,
  target: Target,
  options: {
    readonly wait: (servers: readonly AwaitedServer[]) => Promise<void>;
    readonly pause?: () => Promise<void>;
  },
): Promise<Plan> {
  const plan = planTarget(kernel, target, { drain: true });
  await applyPlanInParts(kernel, plan, options);
  return plan;
}
