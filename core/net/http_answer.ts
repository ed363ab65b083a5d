import { printable } from "../model/mod.ts";
import { AnswerError, type AnswerReader } from "./answer_reader.ts";

/** What marks the end of a body (RFC 9112 6.3): its length in bytes, chunks, or the close of the connection. */
export type BodyFraming = number | "chunked" | "until close";

/** The parts of an HTTP answer's head that lvsctl needs. */
export interface HttpHead {
  /** Status code of the final answer. */
  readonly status: number;
  /** How to read the body. */
  readonly framing: BodyFraming;
  /** Target of a redirect. */
  readonly location: string | undefined;
  /** The lines of the head; {@linkcode headerOf} finds a header in them. */
  readonly lines: string;
}

/** The value of a header, each byte a character; undefined if the head has none of this name. */
export function headerOf({ lines }: Pick<HttpHead, "lines">, name: string): string | undefined {
  for (const line of lines.split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(":");
    if (line.slice(0, colon).toLowerCase() === name.toLowerCase()) return line.slice(colon + 1).trim();
  }
  return undefined;
}

/** The most characters of interim answers: a hundred times the usual. */
const MOST_INTERIM = 64 * 1024;

const PROTOCOL = "HTTP/1.";
/** First bytes of a TLS alert and of a TLS handshake. */
const TLS_RECORDS = ["\x15\x03", "\x16\x03"];
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |\r?\n)/;
const CHUNKED = /\ntransfer-encoding:(?:[^\n]*[ \t,])?chunked[ \t]*\r?\n/i;
const LOCATION = /\nlocation:[ \t]*([^\r\n]*?)[ \t]*\r?\n/i;
const CONTENT_LENGTH = /\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r?\n/i;

/**
 * Judges the first bytes of an answer: a peer that speaks another protocol fails at once and not at the deadline.
 *
 * @returns Whether they are HTTP; `false` if there are too few of them.
 * @throws {AnswerError} If they are not HTTP.
 */
export function startsHttp(received: string): boolean {
  const start = received.slice(0, PROTOCOL.length);
  if (start === PROTOCOL) return true;
  if (PROTOCOL.startsWith(start)) return false;
  if (TLS_RECORDS.some((record) => start.startsWith(record))) {
    throw new AnswerError("answer is not HTTP: the server speaks TLS");
  }
  throw new AnswerError(`answer is not HTTP: it starts with "${printable(received.slice(0, 16))}"`);
}

/** The answer of a peer that has closed the connection after `received`, before the end of the head. */
export function closedBeforeHead(received: string): AnswerError {
  return new AnswerError(`closed the connection ${received === "" ? "before" : "while"} answering`);
}

/**
 * Parses a head.
 *
 * @param head Its lines with their ends, up to and including the empty line, each byte a character.
 * @returns Its parts; `undefined` for an interim answer (100 Continue, 103 Early Hints), which another head follows.
 * @throws {AnswerError} If it is not one of HTTP/1.0 or HTTP/1.1.
 */
export function parseHttpHead(head: string, { method }: { readonly method: string }): HttpHead | undefined {
  const status = Number(STATUS_LINE.exec(head)?.[1]);
  if (Number.isNaN(status)) {
    throw new AnswerError(
      `answer has a broken status line "${printable(head.slice(0, 40).replace(/\r?\n.*/s, ""))}"`,
    );
  }
  if (status < 200 && status !== 101) return undefined;
  return {
    status,
    framing: method === "HEAD" || status === 204 || status === 304 ? 0 : framingOf(head),
    location: LOCATION.exec(head)?.[1],
    lines: head,
  };
}

/**
 * Counts the characters of an interim answer. A server could send interim answers without end, faster than they are
 * parsed, and so keep all other checks from their turn.
 *
 * @param before The characters of the interim answers before it.
 * @returns The sum.
 * @throws {AnswerError} If they are too many.
 */
export function countInterim(before: number, head: string): number {
  const sum = before + head.length;
  if (sum > MOST_INTERIM) throw new AnswerError("answer has 64 KiB of interim answers before the final one");
  return sum;
}

/** Waits for the first bytes only. */
async function expectHttp(reader: AnswerReader): Promise<void> {
  while (!startsHttp(reader.peek(16))) {
    if (!(await reader.more())) throw closedBeforeHead(reader.peek(1));
  }
}

/**
 * Reads the head of the final answer, and skips interim answers (100 Continue, 103 Early Hints).
 *
 * @throws {AnswerError} If the answer is not HTTP/1.0 or HTTP/1.1, ends too early, or has an endless head or endless interim answers.
 */
export async function readHttpHead(
  reader: AnswerReader,
  options: { readonly method: string },
): Promise<HttpHead> {
  for (let interim = 0;;) {
    await expectHttp(reader);
    const lines = await reader.head();
    if (lines === undefined) throw closedBeforeHead(PROTOCOL);
    const head = parseHttpHead(lines, options);
    if (head !== undefined) return head;
    interim = countInterim(interim, lines);
  }
}

function framingOf(head: string): BodyFraming {
  // Chunks take precedence over a length (RFC 9112 6.3).
  if (CHUNKED.test(head)) return "chunked";
  const length = CONTENT_LENGTH.exec(head)?.[1];
  return length === undefined ? "until close" : Number(length);
}

async function* readCounted(reader: AnswerReader, length: number): AsyncGenerator<Uint8Array, void> {
  for (let left = length; left > 0;) {
    const piece = await reader.piece(left);
    if (piece === undefined) throw new AnswerError("closed the connection within the body");
    left -= piece.length;
    yield piece;
  }
}

async function* readChunks(reader: AnswerReader): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const line = await reader.line();
    if (line === undefined) throw new AnswerError("closed the connection within the body");
    const digits = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
    if (digits === undefined) throw new AnswerError("answer has a broken chunk");
    const length = parseInt(digits, 16);
    // Trailers may follow; they are skipped, because the connection is closed anyway.
    if (length === 0) return;
    yield* readCounted(reader, length);
    if ((await reader.line()) !== "") throw new AnswerError("answer has a broken chunk");
  }
}

/**
 * Reads the body that follows a head, piece by piece; each piece is valid until the next is read.
 *
 * @throws {AnswerError} If the body ends too early, or its chunks are broken.
 */
export async function* readHttpBody(reader: AnswerReader, framing: BodyFraming): AsyncGenerator<Uint8Array, void> {
  if (framing === "chunked") yield* readChunks(reader);
  else if (framing !== "until close") yield* readCounted(reader, framing);
  else for (let piece; (piece = await reader.piece(Infinity)) !== undefined;) yield piece;
}
