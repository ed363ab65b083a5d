import { EXIT, type ExitCode } from "./exit_codes.ts";

/**
 * The failures that a caller handles in its own way. Only what some caller asks for is in the list; for everything else
 * the errno, the exit status and the message are enough.
 *
 * - `no-ipvs`: the kernel has no IPVS and its module cannot be loaded.
 */
export type ErrorKind = "no-ipvs";

/** Parts of an {@linkcode LvsctlError} in addition to its reason. */
export interface LvsctlErrorOptions {
  /** What was being done, as a verb phrase: "add virtual service". */
  readonly operation?: string | undefined;
  /** What it was done to: "tcp://192.0.2.10:80". */
  readonly object?: string | undefined;
  /** Name of the errno that the kernel or the system gave: "EEXIST". */
  readonly errno?: string | undefined;
  /** What the user can do about it, as a sentence without its period. */
  readonly hint?: string | undefined;
  /**
   * Status that the process ends with when nothing handles the error.
   *
   * @default {EXIT.refused}
   */
  readonly exitCode?: ExitCode | undefined;
  /** Set where callers have to know this failure from others: they ask for the kind, never for words of the message. */
  readonly kind?: ErrorKind | undefined;
  /** Standard error of a program that failed, unchanged. The message has it on one line. */
  readonly programOutput?: string | undefined;
  /** Whether the same request may succeed if it is made again as it is. */
  readonly retriable?: boolean;
  /** The error below, kept for `--debug` and tests; never printed to users. */
  readonly cause?: unknown;
}

/**
 * The error that users see: operation, object, reason, errno and hint on one line.
 *
 * Everything that lvsctl throws on purpose is this class or one derived from it, so that whatever else
 * arrives at the top is a bug and is reported as one.
 */
export class LvsctlError extends Error {
  /** Class name, for debugging. */
  override name: string = "LvsctlError";
  /** What was being done, or "" where the reason says it all. */
  readonly operation: string;
  /** What it was done to, or "". */
  readonly object: string;
  /** Why it failed, without operation, object, errno and hint. */
  readonly reason: string;
  /** Name of the errno, if there is one. */
  readonly errno: string | undefined;
  /** What to do about it, if there is something. */
  readonly hint: string | undefined;
  /** Status for the process to end with. */
  readonly exitCode: ExitCode;
  /** The kind of failure, if callers handle it in their own way. */
  readonly kind: ErrorKind | undefined;
  /** Standard error of the program that failed, unchanged; "" if none did. */
  readonly programOutput: string;
  /** Whether the same request may succeed if made again. */
  readonly retriable: boolean;

  /**
   * Makes the error and its one-line message.
   *
   * @param reason Why it failed, in one sentence without its period.
   * @param options What was being done, to what, and the advice.
   */
  constructor(reason: string, options: LvsctlErrorOptions = {}) {
    const { operation = "", object = "", errno, hint } = options;
    const subject = operation === "" ? "" : `Cannot ${operation}${object === "" ? "" : ` ${object}`}: `;
    const code = errno === undefined ? "" : ` (${errno})`;
    const advice = hint === undefined ? "" : `; ${hint}`;
    super(`${subject}${reason}${code}${advice}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.operation = operation;
    this.object = object;
    this.reason = reason;
    this.errno = errno;
    this.hint = hint;
    this.exitCode = options.exitCode ?? EXIT.refused;
    this.kind = options.kind;
    this.programOutput = options.programOutput ?? "";
    this.retriable = options.retriable ?? false;
  }
}

/**
 * Gives the error itself if it is ours, and otherwise what a system call failed with, told as ours.
 *
 * @param error What was thrown.
 * @param options What was being done; reason and errno come from the error.
 */
export function asLvsctlError(error: unknown, options: LvsctlErrorOptions): LvsctlError {
  if (error instanceof LvsctlError) return error;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  const text = error instanceof Error ? error.message : String(error);
  // Deno appends "(os error 2)" and, for files, ": open 'path'": the object is named already, and the errno in words.
  const reason = text.replace(/ \(os error \d+\).*$/s, "").replace(/\n/g, " ");
  return new LvsctlError(reason, { ...(code === undefined ? {} : { errno: code }), ...options, cause: error });
}
