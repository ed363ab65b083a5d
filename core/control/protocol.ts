import { EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";

/** Version of the protocol, which changes if a word changes its meaning or is removed. */
export const CONTROL_VERSION = 1;

/** Longest request; bytes. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/**
 * A client's request: a line of JSON, `{"version":1,"command":"status"}`. Unknown keys are ignored, so that a client
 * can be newer than the daemon.
 */
export interface ControlRequest {
  /** Version of the protocol. */
  readonly version: typeof CONTROL_VERSION;
  /** Name of the command. */
  readonly command: string;
}

/** The reply to a request: a line of JSON. */
export type ControlReply =
  | {
    /** Version of the protocol. */
    readonly version: typeof CONTROL_VERSION;
    /** The command succeeded. */
    readonly ok: true;
    /** Result of the command: a JSON value. */
    readonly result: unknown;
  }
  | {
    /** Version of the protocol. */
    readonly version: typeof CONTROL_VERSION;
    /** The command failed. */
    readonly ok: false;
    /** Error message, with a line for each reason. */
    readonly error: string;
    /** Exit status of the client's process. */
    readonly exit_code: ExitCode;
  };

/** The text of a request or a reply, with its line end. */
export function formatLine(message: ControlRequest | ControlReply): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Reads a request.
 *
 * @param line Text of the request.
 * @throws {LvsctlError} If the line is not a request, or has another version; the message is for the client.
 */
export function parseRequest(line: string): ControlRequest {
  const { version, command } = fieldsOf(line, "the request");
  if (version !== CONTROL_VERSION) {
    throw new LvsctlError(`the request must have version ${CONTROL_VERSION}, which is the daemon's`);
  }
  if (typeof command !== "string") throw new LvsctlError('the request has no "command"');
  return { version: CONTROL_VERSION, command };
}

/**
 * Reads a reply.
 *
 * @param line Text of the reply.
 * @throws {LvsctlError} If the line is not a reply, or has another version.
 */
export function parseReply(line: string): ControlReply {
  const { version, ok, result, error, exit_code: exitCode } = fieldsOf(line, "the daemon's answer");
  if (version !== CONTROL_VERSION || typeof ok !== "boolean") {
    throw new LvsctlError(`the daemon's answer does not have version ${CONTROL_VERSION}`, {
      hint: "restart the daemon, which runs another version of lvsctl",
    });
  }
  if (ok) return { version, ok, result };
  const known = Object.values(EXIT).find((code) => code === exitCode);
  return { version, ok, error: String(error), exit_code: known ?? EXIT.refused };
}

function fieldsOf(line: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new LvsctlError(`${what} is not a JSON object`);
  }
  return Object.fromEntries(Object.entries(value));
}
