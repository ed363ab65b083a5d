/**
 * The state of a director: facts are gathered, findings computed from them (pure), and safe fixes applied.
 *
 * @module
 */

export { applyFixes, type RunStep, safeSteps } from "./apply_fixes.ts";
export { examine, isProblem } from "./examine.ts";
export { type Finding, stepCommand } from "./finding.ts";
export type { RouterFacts, SharingFacts } from "./facts.ts";
export { gatherFacts } from "./gather.ts";
