import type { Json } from "./json.ts";

/** The severity of a record: error, warning, notice or info. */
export type LogLevel = keyof typeof SEVERITIES;

/** A record of the log. */
export interface LogRecord {
  /** Its severity. */
  readonly level: LogLevel;
  /** Its kind for programs, one word. */
  readonly event: string;
  /** Its text; each line becomes a line of the log. */
  readonly message: string;
  /** Its details for programs. */
  readonly fields?: { readonly [key: string]: Json };
}

/** The severities with syslog's numbers (RFC 5424, section 6.2.1). */
export const SEVERITIES = { error: 3, warning: 4, notice: 5, info: 6 } as const;
