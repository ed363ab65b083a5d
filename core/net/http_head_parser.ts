import { AnswerError, HEAD_TOO_LONG, READ_BUFFER_BYTES } from "./answer_reader.ts";
import { closedBeforeHead, countInterim, type HttpHead, parseHttpHead, startsHttp } from "./http_answer.ts";

const latin1 = new TextDecoder("latin1");

/** Finds the head of the final answer in pieces of it, for code that cannot wait for them. */
export class HttpHeadParser {
  readonly #method: string;
  /** The received part that is not parsed yet, each byte a character. */
  #received = "";
  #hasStarted = false;
  #interim = 0;

  /** Has received nothing yet. */
  constructor({ method }: { readonly method: string }) {
    this.#method = method;
  }

  /** Whether a part of the answer has been received. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /**
   * Adds a piece; an empty one is the end of the answer.
   *
   * @returns The head of the final answer; `undefined` until it has come.
   * @throws {AnswerError} If the answer is not HTTP/1.0 or HTTP/1.1, ends too early, or has an endless head or endless interim answers.
   */
  add(bytes: Uint8Array): HttpHead | undefined {
    if (bytes.length === 0) throw closedBeforeHead(this.#received);
    this.#hasStarted = true;
    this.#received += latin1.decode(bytes);
    while (startsHttp(this.#received)) {
      const end = /\n\r?\n/.exec(this.#received);
      const length = end === null ? this.#received.length : end.index + end[0].length;
      if (length > READ_BUFFER_BYTES || (end === null && length === READ_BUFFER_BYTES)) {
        throw new AnswerError(HEAD_TOO_LONG);
      }
      if (end === null) return undefined;
      const lines = this.#received.slice(0, length);
      const head = parseHttpHead(lines, { method: this.#method });
      if (head !== undefined) return head;
      this.#interim = countInterim(this.#interim, lines);
      this.#received = this.#received.slice(length);
    }
    return undefined;
  }
}
