/**
 * From what the kernel has to what it should have: a pure plan of changes, and applying it with undo and verification.
 *
 * @module
 */

export { type ApplyResult, applyTarget } from "./apply.ts";
export { type Kernel, readKernel } from "./kernel.ts";
export { planChanges } from "./plan.ts";
export type { Target } from "./target.ts";
