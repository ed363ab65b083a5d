/** An answer that breaks the protocol; the message becomes the reason of the failed exchange. */
export class AnswerError extends Error {
  /** Class name, for debugging. */
  override name: string = "AnswerError";
}

/** Source of an answer: a connection, or bytes in a test. */
export interface AnswerSource {
  /** Reads into the buffer; `null` is the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Largest size of the buffer, and thus the longest head or line that can be read. */
export const READ_BUFFER_BYTES = 16 * 1024;

/** The problem of an answer that does not fit in the buffer. */
export const HEAD_TOO_LONG = "answer has a head or a line longer than 16 KiB";

/** First size of the buffer, enough for most answers: clearing a larger one costs more time than parsing. */
const FIRST_BUFFER_BYTES = 1024;

const LF = 10;
const CR = 13;
const latin1 = new TextDecoder("latin1");

/** Reads an answer by heads, lines and pieces through one buffer of limited size. */
export class AnswerReader {
  readonly #source: AnswerSource;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  #total = 0;
  readonly #limitBytes: number;

  /**
   * Creates a reader that starts at the source's present position.
   *
   * @param source Source of the answer.
   * @param options.limitBytes Most bytes to read in total; unlimited by default.
   */
  constructor(source: AnswerSource, options: { readonly limitBytes?: number | undefined } = {}) {
    this.#source = source;
    this.#limitBytes = options.limitBytes ?? Infinity;
  }

  /** Number of bytes received so far. */
  get receivedBytes(): number {
    return this.#total;
  }

  /** The next received bytes, at most `length`, each as a character; they stay in the buffer. */
  peek(length: number): string {
    return latin1.decode(this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + length)));
  }

  /**
   * Waits for more bytes.
   *
   * @returns Whether there were more: `false` at the end.
   * @throws {AnswerError} If unread bytes fill the buffer.
   */
  async more(): Promise<boolean> {
    const { length } = this.#buffer;
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    } else if (this.#end === length) {
      if (length === READ_BUFFER_BYTES) throw new AnswerError(HEAD_TOO_LONG);
      const larger = new Uint8Array(Math.min(length * 4, READ_BUFFER_BYTES));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    const count = await this.#source.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    this.#total += count;
    if (this.#total > this.#limitBytes) {
      throw new AnswerError(`answer is longer than ${Math.round(this.#limitBytes / 1024)} KiB`);
    }
    return true;
  }

  /**
   * Reads up to and including the first empty line.
   *
   * @returns The lines with their ends, each byte a character, or `undefined` if the answer ends before that.
   * @throws {AnswerError} If it is longer than the buffer.
   */
  async head(): Promise<string | undefined> {
    for (let searched = 0;;) {
      const length = this.#lengthOfHead(searched);
      if (length !== undefined) return this.#take(length);
      // The last bytes may be the beginning of the empty line.
      searched = Math.max(0, this.#end - this.#start - 2);
      if (!(await this.more())) return undefined;
    }
  }

  /**
   * Reads one line, without its end (CR LF, or LF alone).
   *
   * @returns The line, each byte a character, or `undefined` if the answer ends before the line does.
   * @throws {AnswerError} If the line is longer than the buffer.
   */
  async line(): Promise<string | undefined> {
    for (let searched = 0;;) {
      const at = this.#buffer.indexOf(LF, this.#start + searched);
      if (at >= 0 && at < this.#end) return this.#take(at + 1 - this.#start).replace(/\r?\n$/, "");
      searched = this.#end - this.#start;
      if (!(await this.more())) return undefined;
    }
  }

  /**
   * Reads exactly `count` bytes.
   *
   * @returns The bytes, valid until the next call, or `undefined` if the answer ends before.
   * @throws {AnswerError} If `count` is more than the buffer holds.
   */
  async bytes(count: number): Promise<Uint8Array | undefined> {
    while (this.#end - this.#start < count) if (!(await this.more())) return undefined;
    const taken = this.#buffer.subarray(this.#start, this.#start + count);
    this.#start += count;
    return taken;
  }

  /**
   * Reads the received bytes, at most `limit`, and waits for some.
   *
   * @returns At least one byte, valid until the next call, or `undefined` at the end.
   */
  async piece(limit: number): Promise<Uint8Array | undefined> {
    while (this.#start === this.#end) if (!(await this.more())) return undefined;
    const taken = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + limit));
    this.#start += taken.length;
    return taken;
  }

  #take(length: number): string {
    const text = this.peek(length);
    this.#start += length;
    return text;
  }

  #lengthOfHead(searched: number): number | undefined {
    const buffer = this.#buffer;
    let at = buffer.indexOf(LF, this.#start + searched);
    while (at >= 0 && at < this.#end) {
      const next = buffer[at + 1] === CR ? at + 2 : at + 1;
      if (next < this.#end && buffer[next] === LF) return next + 1 - this.#start;
      at = buffer.indexOf(LF, at + 1);
    }
    return undefined;
  }
}
