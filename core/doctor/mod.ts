/**
 * What keeps a machine from being a good director: facts are gathered, findings computed from them, and what is safe
 * mended.
 *
 * @module
 */

export { examine, isProblem } from "./examine.ts";
export {
  type AddressFacts,
  CAPABILITIES,
  type Capability,
  type Facts,
  type LinkFacts,
  type Manager,
  type ModuleState,
  type NeighbourFacts,
  type NetworkFacts,
  type ProcessFacts,
  type RouteFacts,
  type ServerFacts,
  type ServiceFacts,
  type TableFacts,
  type Unseen,
} from "./facts.ts";
export { type Finding, type Fix, type FixStep, type Severity, stepCommand } from "./finding.ts";
export { gatherFacts, type Sources } from "./gather.ts";
export { mend, type Mender, type RunStep, safeSteps } from "./mend.ts";
