/**
 * What keeps a machine from being a good director: facts are gathered, findings computed from them, and what is safe
 * mended.
 *
 * @module
 */

export { examine, isProblem } from "./examine.ts";
export { type Finding, stepCommand } from "./finding.ts";
export { gatherFacts } from "./gather.ts";
export { mend, type RunStep, safeSteps } from "./mend.ts";
