import { type LogRecord, SEVERITIES } from "../format/log_record.ts";

/** The formats of the daemon's log. */
export const LOG_FORMATS = ["text", "json"] as const;

/** One of {@linkcode LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Options of a {@linkcode DaemonLog}. */
export interface DaemonLogOptions {
  /** The format of its lines. */
  readonly format: LogFormat;
  /**
   * Whether journald reads the lines: each then begins with its severity (sd-daemon(3)), and has neither program name nor
   * time, because journald adds them.
   */
  readonly isJournal: boolean;
  /** Whether a terminal shows the lines: text then has the program's name; elsewhere the time and the severity. */
  readonly isTerminal: boolean;
  /** Whether only warnings and errors are written. */
  readonly isQuiet?: boolean | undefined;
  /** Writes text. */
  readonly write: (text: string) => void;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
}

/** The events whose text names the severity wherever it does not stand before each line. */
const NAMED_LEVELS: ReadonlySet<string> = new Set(["warning", "file"]);

/** The daemon's log: lines of text, or a JSON object in each line. */
export class DaemonLog {
  readonly #options: DaemonLogOptions;

  /** Writes nothing yet. */
  constructor(options: DaemonLogOptions) {
    this.#options = options;
  }

  /** Writes a record. */
  write(record: LogRecord): void {
    const { isJournal, isQuiet, write } = this.#options;
    if (isQuiet && SEVERITIES[record.level] > SEVERITIES.warning) return;
    const prefix = isJournal ? `<${SEVERITIES[record.level]}>` : "";
    write(this.#lines(record).map((line) => `${prefix}${line}\n`).join(""));
  }

  /** Writes a warning: a problem that does not stop the daemon. */
  warn(message: string): void {
    this.write({ level: "warning", event: "warning", message });
  }

  /** Writes a line that a command would print on standard error, for functions that the daemon shares with commands. */
  line(text: string): void {
    const [, word, message = ""] = /^(?:lvsctl: )?(?:(warning|error): )?([^]*)$/.exec(text) ?? [];
    this.write({ level: word === "error" ? "error" : "warning", event: "warning", message });
  }

  #lines({ level, event, message, fields }: LogRecord): readonly string[] {
    const { format, isJournal, isTerminal, timeOfDay } = this.#options;
    if (format === "json") {
      return [JSON.stringify({ time: new Date(timeOfDay()).toISOString(), level, event, message, ...fields })];
    }
    const word = NAMED_LEVELS.has(event) ? `${level}: ` : "";
    const prefix = isJournal
      ? word
      : isTerminal
      ? `lvsctl: ${word}`
      : `${new Date(timeOfDay()).toISOString()} ${level}: `;
    return message.split("\n").map((line) => `${prefix}${line}`);
  }
}

/**
 * Whether standard error leads to journald (systemd.exec(5), `$JOURNAL_STREAM`).
 *
 * @param variable The value of `$JOURNAL_STREAM`: device and inode of the stream.
 */
export function isJournalStream(variable: string | undefined): boolean {
  if (variable === undefined) return false;
  try {
    const { dev, ino } = Deno.statSync("/proc/self/fd/2");
    return variable === `${dev}:${ino}`;
  } catch {
    // Standard error is closed, or /proc is hidden.
    return false;
  }
}
