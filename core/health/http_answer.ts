import { AnswerError, type AnswerReader } from "./answer_reader.ts";

/** How the end of a body is told (RFC 9112 6.3): by its length in bytes, by chunks, or by closing. */
export type BodyFraming = number | "chunked" | "until close";

/** What comes before the body of an HTTP answer, as far as a probe needs it. */
export interface HttpHead {
  /** Status code of the final answer. */
  readonly status: number;
  /** How to read the body. */
  readonly framing: BodyFraming;
}

/** Longest head that is read, all of it. */
const MAX_HEAD_BYTES = 64 * 1024;
const PROTOCOL = "HTTP/1.";

/** Waits for just enough of the answer to know that it is HTTP, so that whatever else speaks is told from silence. */
async function expectHttp(reader: AnswerReader): Promise<void> {
  for (;;) {
    const start = String.fromCharCode(...reader.waiting.subarray(0, PROTOCOL.length));
    if (start === PROTOCOL) return;
    if (!PROTOCOL.startsWith(start)) {
      const [first = 0] = reader.waiting;
      // Records of TLS: an alert, or a handshake.
      if (first === 0x15 || first === 0x16) throw new AnswerError("answer is not HTTP: the server speaks TLS");
      const shown = String.fromCharCode(...reader.waiting.subarray(0, 16)).replace(/[^ -~]/g, ".");
      throw new AnswerError(`answer is not HTTP: it starts with "${shown}"`);
    }
    if (!(await reader.more())) {
      throw new AnswerError(`closed the connection ${start === "" ? "before" : "while"} answering`);
    }
  }
}

async function readLine(reader: AnswerReader): Promise<string> {
  const line = await reader.line();
  if (line === undefined) throw new AnswerError("closed the connection while answering");
  return line;
}

/**
 * Reads the head of the answer, passing over interim answers (100 Continue, 103 Early Hints).
 *
 * @throws {AnswerError} If the answer is not HTTP/1.0 or HTTP/1.1, ends too early, or has an endless head.
 */
export async function readHttpHead(
  reader: AnswerReader,
  options: { readonly method: "GET" | "HEAD" },
): Promise<HttpHead> {
  for (;;) {
    await expectHttp(reader);
    const statusLine = await readLine(reader);
    const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new AnswerError(`answer has a broken status line "${statusLine.slice(0, 40)}"`);
    let framing: BodyFraming = "until close";
    for (;;) {
      const line = await readLine(reader);
      if (line === "") break;
      if (reader.receivedBytes > MAX_HEAD_BYTES) throw new AnswerError("answer has a head longer than 64 KiB");
      const [, name = "", value = ""] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
      // Chunks win over a length, wherever each of the two stands.
      if (/^transfer-encoding$/i.test(name) && /(?:^|[ ,])chunked$/i.test(value)) framing = "chunked";
      else if (/^content-length$/i.test(name) && /^\d{1,15}$/.test(value) && framing !== "chunked") {
        framing = Number(value);
      }
    }
    if (status < 200 && status !== 101) continue;
    const bodyless = options.method === "HEAD" || status === 204 || status === 304;
    return { status, framing: bodyless ? 0 : framing };
  }
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
    // Trailers may follow; nothing in them is of interest, and the connection is closed anyway.
    if (length === 0) return;
    yield* readCounted(reader, length);
    if ((await reader.line()) !== "") throw new AnswerError("answer has a broken chunk");
  }
}

/**
 * The body that follows a head, piece by piece: each is valid until the next is asked for.
 *
 * @throws {AnswerError} If the body ends too early, or its chunks are broken.
 */
export async function* readHttpBody(reader: AnswerReader, framing: BodyFraming): AsyncGenerator<Uint8Array, void> {
  if (framing === "chunked") yield* readChunks(reader);
  else if (framing !== "until close") yield* readCounted(reader, framing);
  else for (let piece; (piece = await reader.piece(Infinity)) !== undefined;) yield piece;
}
