import { EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";

/** Version of the protocol: another one if a word changes its meaning or goes. */
export const CONTROL_VERSION = 1;

/** A request is no longer than this; bytes. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/**
 * What a client asks for: a line of JSON, `{"version":1,"command":"status"}`. Keys that are not known are passed over,
 * so that a client may be newer than the daemon.
 */
export interface ControlRequest {
  /** Version of the protocol. */
  readonly version: typeof CONTROL_VERSION;
  /** What is to be done. */
  readonly command: string;
}

/** The answer to a request: a line of JSON. */
export type ControlReply =
  | {
    /** Version of the protocol. */
    readonly version: typeof CONTROL_VERSION;
    /** It was done. */
    readonly ok: true;
    /** What came of it: a JSON value. */
    readonly result: unknown;
  }
  | {
    /** Version of the protocol. */
    readonly version: typeof CONTROL_VERSION;
    /** It was not done. */
    readonly ok: false;
    /** Why, for people; lines for several reasons. */
    readonly error: string;
    /** The exit status that a command ends with that hands this on. */
    readonly exit_code: ExitCode;
  };

/** The text of a request or a reply, with the end of its line. */
export function formatLine(message: ControlRequest | ControlReply): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Reads a request.
 *
 * @param line Its text.
 * @throws {LvsctlError} If it is none, or of another version; the message is for the client.
 */
export function parseRequest(line: string): ControlRequest {
  const { version, command } = fieldsOf(line, "the request");
  if (version !== CONTROL_VERSION) {
    throw new LvsctlError(`the request has to be of version ${CONTROL_VERSION}, which is the daemon's`);
  }
  if (typeof command !== "string") throw new LvsctlError('the request has no "command"');
  return { version: CONTROL_VERSION, command };
}

/**
 * Reads a reply.
 *
 * @param line Its text.
 * @throws {LvsctlError} If it is none, or of another version.
 */
export function parseReply(line: string): ControlReply {
  const { version, ok, result, error, exit_code: exitCode } = fieldsOf(line, "the daemon's answer");
  if (version !== CONTROL_VERSION || typeof ok !== "boolean") {
    throw new LvsctlError(`the daemon's answer is not of version ${CONTROL_VERSION}`, {
      hint: "it was started by another version of lvsctl: restart it",
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
    throw new LvsctlError(`${what} is not an object of JSON`);
  }
  return Object.fromEntries(Object.entries(value));
}
