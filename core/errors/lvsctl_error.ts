import { EXIT, type ExitCode } from "./exit_codes.ts";

/**
 * The failures that some caller handles in its own way; for all others the errno, the exit status and the message are
 * enough.
 *
 * - `no-ipvs`: the kernel has no IPVS and its module cannot be loaded.
 * - `service-name`: a word that is no service's address may be the name of one; it is the error's object.
 * - `no-libnl`: libnl is not installed.
 */
export type ErrorKind = "no-ipvs" | "service-name" | "no-libnl";

/** Parts of an {@linkcode LvsctlError} in addition to its reason. */
export interface LvsctlErrorOptions {
  /** The failed operation, as a verb phrase: "add virtual service". */
  readonly operation?: string | undefined;
  /** Object of the operation: "tcp://192.0.2.10:80". */
  readonly object?: string | undefined;
  /** Name of the errno from the kernel or the system: "EEXIST". */
  readonly errno?: string | undefined;
  /** Remedy for the user, as a sentence without its period. */
  readonly hint?: string | undefined;
  /**
   * Exit status of the process if nothing handles the error.
   *
   * @default {EXIT.refused}
   */
  readonly exitCode?: ExitCode | undefined;
  /** Set if callers handle this failure in their own way: they test the kind, never the words of the message. */
  readonly kind?: ErrorKind | undefined;
  /** Standard error of a program that failed, unchanged. The message has it on one line. */
  readonly programOutput?: string | undefined;
  /** Whether the same request can succeed later without a change. */
  readonly retriable?: boolean | undefined;
  /** The original error, for `--debug` and tests; never printed to users. */
  readonly cause?: unknown;
}

/**
 * The error that users see: operation, object, reason, errno and hint on one line.
 *
 * Everything that lvsctl throws on purpose is of this class or a derived one; the main program reports any other error
 * as a bug.
 */
export class LvsctlError extends Error {
  /** Class name, for debugging. */
  override name: string = "LvsctlError";
  /** The failed operation, or "" if the reason is a full sentence. */
  readonly operation: string;
  /** Object of the operation, or "". */
  readonly object: string;
  /** Why it failed, without operation, object, errno and hint. */
  readonly reason: string;
  /** Name of the errno, if any. */
  readonly errno: string | undefined;
  /** Remedy, if any. */
  readonly hint: string | undefined;
  /** Exit status of the process. */
  readonly exitCode: ExitCode;
  /** The kind of failure, if callers handle it in their own way. */
  readonly kind: ErrorKind | undefined;
  /** Standard error of the program that failed, unchanged; "" if none did. */
  readonly programOutput: string;
  /** Whether the same request can succeed later without a change. */
  readonly retriable: boolean;

  /**
   * Composes the one-line message.
   *
   * @param reason Why it failed, in one sentence without its period.
   * @param options Operation, object and remedy.
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

/** System errors that Deno does not name, by their numbers. */
const UNNAMED_ERRORS: ReadonlyMap<string, string> = new Map([["27", "EFBIG"]]);

/**
 * Converts the error of a system call to an {@linkcode LvsctlError}; an error of that class is returned unchanged.
 *
 * @param error The thrown value.
 * @param options Operation and object; reason and errno come from the error.
 */
export function asLvsctlError(error: unknown, options: LvsctlErrorOptions): LvsctlError {
  if (error instanceof LvsctlError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : UNNAMED_ERRORS.get(/ \(os error (\d+)\)/.exec(text)?.[1] ?? "");
  // Deno appends "(os error 2)" and, for files, ": open 'path'", which the errno and the object already name.
  const reason = text.replace(/ \(os error \d+\).*$/s, "").replace(/\n/g, " ");
  return new LvsctlError(reason, { ...options, errno: options.errno ?? code, cause: error });
}
