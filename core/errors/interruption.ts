import { EXIT, type ExitCode } from "./exit_codes.ts";
import { LvsctlError, type LvsctlErrorOptions } from "./lvsctl_error.ts";

/** The exit status of a command that a signal interrupted. */
const STATUSES = { SIGHUP: EXIT.hungUp, SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const satisfies Record<
  string,
  ExitCode
>;

/** The signals that interrupt a command. */
export type InterruptingSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** The reason with which a signal of the system aborts an `AbortSignal`. */
export function interruption(name: InterruptingSignal): LvsctlError {
  return new LvsctlError("a signal interrupted it", { exitCode: STATUSES[name] });
}

/**
 * The error of an operation that an interruption ended.
 *
 * @param signal The aborted signal; its reason, from {@linkcode interruption}, decides the exit status.
 * @param options Operation, object and hint.
 */
export function interruptionError(
  signal: AbortSignal,
  options: Pick<LvsctlErrorOptions, "operation" | "object" | "hint">,
): LvsctlError {
  const reason: unknown = signal.reason;
  const cause = reason instanceof LvsctlError ? reason : interruption("SIGINT");
  return new LvsctlError(cause.reason, { ...options, exitCode: cause.exitCode });
}
