import type { Json } from "./format/json.ts";

/** How the daemon's log is written. */
export const LOG_FORMATS = ["text", "json"] as const;

/** One of {@linkcode LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** How much a line matters, as syslog has it (RFC 5424, 6.2.1), by its numbers. */
const SEVERITIES = { error: 3, warning: 4, notice: 5, info: 6 } as const;

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

/** What a {@linkcode DaemonLog} works with. */
export interface DaemonLogOptions {
  /** How lines are written. */
  readonly format: LogFormat;
  /**
   * Whether journald reads them: then each begins with its severity (sd-daemon(3)), and neither with a name nor with a
   * time, which journald knows itself.
   */
  readonly isJournal: boolean;
  /** Writes text. */
  readonly write: (text: string) => void;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
}

/** The daemon's log: lines for people, or an object of JSON in each line. */
export class DaemonLog {
  readonly #options: DaemonLogOptions;

  /**
   * Makes a log.
   *
   * @param options How it is written.
   */
  constructor(options: DaemonLogOptions) {
    this.#options = options;
  }

  /** Writes one thing down. */
  write(record: LogRecord): void {
    const { isJournal, write } = this.#options;
    const prefix = isJournal ? `<${SEVERITIES[record.level]}>` : "";
    write(this.#lines(record).map((line) => `${prefix}${line}\n`).join(""));
  }

  /** Something that is not as it should be, and is gone on with. */
  warn(message: string, event = "warning"): void {
    this.write({ level: "warning", event, message });
  }

  #lines({ level, event, message, fields }: LogRecord): readonly string[] {
    const { format, isJournal, timeOfDay } = this.#options;
    if (format === "text") {
      const name = isJournal ? "" : "lvsctl: ";
      const word = level === "warning" && event === "warning" ? "warning: " : "";
      return message.split("\n").map((line) => `${name}${word}${line}`);
    }
    return [JSON.stringify({ time: new Date(timeOfDay()).toISOString(), level, event, message, ...fields })];
  }
}

/**
 * Whether standard error goes to journald (systemd.exec(5), `$JOURNAL_STREAM`).
 *
 * @param variable The value of `$JOURNAL_STREAM`: device and inode of the stream.
 */
export function isJournalStream(variable: string | undefined): boolean {
  if (variable === undefined) return false;
  try {
    const { dev, ino } = Deno.statSync("/proc/self/fd/2");
    return variable === `${dev}:${ino}`;
  } catch {
    // Closed, or /proc is hidden.
    return false;
  }
}
