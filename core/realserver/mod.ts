/**
 * Preparing a machine for being a real server of direct routing and tunnelling: what that needs, how to get there and
 * back, and what is wrong.
 *
 * @module
 */

export { adviceFor } from "./advice.ts";
export { checkRealServer, type SetupItem, wrongFindings } from "./check.ts";
export { KernelMachine } from "./kernel_machine.ts";
export type { Machine } from "./machine.ts";
export {
  holdsAny,
  NO_ORIGINAL_SETTINGS,
  NO_STATE,
  type OriginalSettings,
  type RealServerState,
  type StateStore,
} from "./original_settings.ts";
export type { Goal, RealServerPlan } from "./plan.ts";
export { PRINT_FORMATS, type PrintedFile, printSetups } from "./print.ts";
export { planGoal, reachGoal, type ReachPurpose } from "./reach.ts";
export { completeSetup, DEFAULT_GUE_PORT, type VipSetup, withSetups } from "./setup.ts";
export { describeStep, type Step } from "./step.ts";
