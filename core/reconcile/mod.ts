/**
 * From what the kernel has to what it should have: a pure plan of changes, applying it with undo and verification, and
 * draining servers.
 *
 * @module
 */

export { type ApplyOptions, type ApplyResult, applyTarget } from "./apply.ts";
export type { ConnectionEnds, ConnectionLookUp } from "./closed_connections.ts";
export {
  drain,
  type DrainedServer,
  type DrainFate,
  type DrainingServer,
  type DrainKernel,
  type DrainOptions,
  type DrainProgress,
  type DrainRequest,
  type DrainResult,
  quiesceChanges,
} from "./drain.ts";
export { type Addresses, type Kernel, readKernel } from "./kernel.ts";
export { planChanges } from "./plan.ts";
export { ownedVips, planVips, type VipPlan } from "./plan_vips.ts";
export type { Target } from "./target.ts";
