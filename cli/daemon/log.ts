import { type LogRecord, SEVERITIES } from "../format/log_record.ts";

/** How the daemon's log is written. */
export const LOG_FORMATS = ["text", "json"] as const;

/** One of {@linkcode LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

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
