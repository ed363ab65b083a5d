import type { Json } from "./json.ts";

/** One of error, warning, notice and info. */
export type LogLevel = keyof typeof SEVERITIES;

/** One thing that the log tells. */
export interface LogRecord {
  /** How much it matters. */
  readonly level: LogLevel;
  /** What kind of thing it is, for machines: one word. */
  readonly event: string;
  /** The same for people; several lines are several lines of the log. */
  readonly message: string;
  /** What of it machines want to know. */
  readonly fields?: { readonly [key: string]: Json };
}

/** How much a line matters, as syslog has it (RFC 5424, 6.2.1), by its numbers. */
export const SEVERITIES = { error: 3, warning: 4, notice: 5, info: 6 } as const;
