/**
 * Prepares a machine as a real server for direct routing and tunnelling: its requirements, the steps to meet them and
 * to restore the original settings, and the checks.
 *
 * @module
 */

export { adviceFor } from "./advice.ts";
export { checkRealServer, type CheckResult, failedChecks } from "./check.ts";
export { KernelMachine } from "./kernel_machine.ts";
export type { Machine } from "./machine.ts";
export {
  hasActiveChange,
  NO_ORIGINAL_SETTINGS,
  NO_STATE,
  type OriginalSettings,
  type RealServerState,
  type StateStore,
} from "./original_settings.ts";
export type { DesiredSetups, RealServerPlan } from "./plan.ts";
export { isPrintedSetup, PRINT_FORMATS, type PrintedFile, printSetups } from "./print.ts";
export { applySetups, planSetups, type SetupPurpose } from "./apply_setups.ts";
export { completeSetup, DEFAULT_GUE_PORT, type VipSetup, withSetups } from "./setup.ts";
export { describeStep, type Step } from "./step.ts";
