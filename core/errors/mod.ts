/**
 * Errors and exit codes: the one class that reaches the user, and the one table of exit statuses.
 *
 * @module
 */

export { EXIT, type ExitCode } from "./exit_codes.ts";
export { type InterruptingSignal, interruption, interruptionError } from "./interruption.ts";
export { asLvsctlError, LvsctlError } from "./lvsctl_error.ts";
