/**
 * Preparing a machine for being a real server of direct routing and tunnelling: what that needs, how to get there and
 * back, and what is wrong.
 *
 * @module
 */

export { adviceFor } from "./advice.ts";
export { checkRealServer, type Finding, wrongFindings } from "./check.ts";
export { KernelMachine } from "./kernel_machine.ts";
export type { Machine } from "./machine.ts";
export { holdsAny, type Memory, NO_MEMORY, NO_STATE, type RealServerState, type StateStore } from "./memory.ts";
export type { Goal, RealServerPlan } from "./plan.ts";
export { PRINT_FORMATS, type PrintedFile, printSetups } from "./print.ts";
export { planGoal, reachGoal, type ReachPurpose } from "./reach.ts";
export { completeSetup, DEFAULT_GUE_PORT, type VipSetup, withSetups } from "./setup.ts";
export { describeStep, type Step } from "./step.ts";
