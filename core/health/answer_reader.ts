/** An answer that breaks the protocol; the message is the reason that a failed probe gives. */
export class AnswerError extends Error {
  /** Class name, for debugging. */
  override name: string = "AnswerError";
}

/** Where an answer comes from: a connection, or bytes in a test. */
export interface AnswerSource {
  /** Reads into the buffer; `null` is the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Size of the one buffer that an answer passes through: the longest line that can be read. */
export const READ_BUFFER_BYTES = 16 * 1024;

const LF = 10;
const latin1 = new TextDecoder("latin1");

/** Reads an answer by lines and by pieces, through one buffer of fixed size. */
export class AnswerReader {
  readonly #source: AnswerSource;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  #total = 0;

  /** Reads from the source, from its present place. */
  constructor(source: AnswerSource) {
    this.#source = source;
  }

  /** How many bytes have come so far. */
  get receivedBytes(): number {
    return this.#total;
  }

  /** What has come and was not taken yet. */
  get waiting(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /**
   * Waits for more to come.
   *
   * @returns Whether more came: `false` at the end.
   */
  async more(): Promise<boolean> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const count = await this.#source.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    this.#total += count;
    return true;
  }

  /**
   * Takes one line, without its end (CR LF, or LF alone).
   *
   * @returns The line, each byte a character, or `undefined` if the answer ends before the line does.
   * @throws {AnswerError} If the line is longer than the buffer.
   */
  async line(): Promise<string | undefined> {
    for (let searched = 0;;) {
      const length = this.waiting.indexOf(LF, searched);
      if (length >= 0) {
        const line = latin1.decode(this.waiting.subarray(0, length));
        this.#start += length + 1;
        return line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      searched = this.waiting.length;
      if (searched === this.#buffer.length) throw new AnswerError("answer has a line longer than 16 KiB");
      if (!(await this.more())) return undefined;
    }
  }

  /**
   * Takes what has come, at most so many bytes; waits if nothing has.
   *
   * @returns At least one byte, valid until the next call, or `undefined` at the end.
   */
  async piece(limit: number): Promise<Uint8Array | undefined> {
    while (this.#start === this.#end) if (!(await this.more())) return undefined;
    const taken = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + limit));
    this.#start += taken.length;
    return taken;
  }
}
