import type { Clock } from "../../core/time/mod.ts";

/** Bytes that a pipe takes at once if it takes any (pipe(7), PIPE_BUF). */
const PIECE_BYTES = 4096;

/** Most characters that wait for a reader; later lines are lost. */
const MAX_WAITING = 1024 * 1024;

/** How often a reader that is too slow is tried again; milliseconds. */
const RETRY_MS = 100;

/** How long the end of the daemon waits for the reader; milliseconds. */
const LAST_WAIT_MS = 1000;

/** Options of a {@linkcode LogStream}. */
export interface LogStreamOptions {
  /** Writes text, which may wait. */
  readonly write: (text: string) => void;
  /** Waits at most this many milliseconds until a write of up to 4096 bytes returns at once; whether it does. */
  readonly canWrite: (waitMs: number) => boolean;
  /** Called with the number of lost lines once the reader takes text again. */
  readonly onLost: (lines: number) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/**
 * Writes the log without waiting for its reader: a full pipe, a stopped terminal or a service manager that hangs must not
 * stop the checks. Text that cannot be written waits; when too much waits, lines are lost and counted.
 */
export class LogStream implements Disposable {
  readonly #options: LogStreamOptions;
  #waiting = "";
  #lostLines = 0;
  #isDue = false;
  #timer: Disposable | undefined;

  /** Writes nothing yet. */
  constructor(options: LogStreamOptions) {
    this.#options = options;
  }

  /** Writes whole lines of text: together with those of the same task, and when their reader takes them. */
  write(text: string): void {
    if (this.#waiting.length + text.length > MAX_WAITING) this.#lostLines += text.split("\n").length - 1;
    else this.#waiting += text;
    if (this.#timer !== undefined || this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.#flush());
  }

  /** Writes what the reader takes within a second, and gives up the rest. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const { clock } = this.#options;
    const end = clock.now() + LAST_WAIT_MS;
    this.#writePieces(() => Math.max(0, end - clock.now()));
    this.#waiting = "";
  }

  #flush(): void {
    this.#isDue = false;
    this.#timer = undefined;
    this.#writePieces(() => 0);
    if (this.#waiting !== "") {
      this.#timer = this.#options.clock.setTimer(() => this.#flush(), RETRY_MS);
    } else if (this.#lostLines > 0) {
      const lines = this.#lostLines;
      this.#lostLines = 0;
      this.#options.onLost(lines);
    }
  }

  #writePieces(waitMs: () => number): void {
    const { write, canWrite } = this.#options;
    let at = 0;
    while (at < this.#waiting.length && canWrite(waitMs())) {
      const end = pieceEnd(this.#waiting, at);
      write(this.#waiting.slice(at, end));
      at = end;
    }
    this.#waiting = this.#waiting.slice(at);
  }
}

/** The end of a piece that is short enough in UTF-8: the end of a line, if one fits. */
function pieceEnd(text: string, start: number): number {
  const isAscii = /^[\n -~]*$/.test(text.slice(start, start + PIECE_BYTES));
  // Another UTF-16 unit has at most six bytes: a control character is written as \u001b.
  const longest = start + (isAscii ? PIECE_BYTES : Math.floor(PIECE_BYTES / 6));
  if (longest >= text.length) return text.length;
  const line = text.lastIndexOf("\n", longest - 1) + 1;
  if (line > start) return line;
  return isHighSurrogate(text, longest - 1) ? longest - 1 : longest;
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00;
}
