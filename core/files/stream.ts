import { EXIT } from "../errors/mod.ts";
import { inMebibytes, MAX_TEXT_BYTES, refusal } from "./regular_file.ts";
import { countLines, notUtf8 } from "./text.ts";

/** Bytes of one read: the size of a pipe. */
const CHUNK_BYTES = 64 * 1024;

/** A stream of bytes. */
export interface ReadableBytes {
  /** Reads the next bytes; returns their number, `null` at the end. */
  readSync(bytes: Uint8Array): number | null;
}

/** Options of {@linkcode readStreamText}. */
export interface StreamOptions {
  /** The stream's name for errors. */
  readonly name: string;
  /**
   * Most bytes of the text.
   *
   * @default {268435456}
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Whether a path names an open file of this process: `/dev/stdin`, or what a shell puts in place of `<(COMMAND)`. It may
 * be a pipe or a terminal.
 */
export function isStreamPath(path: string): boolean {
  return /^(?:\/dev\/stdin|(?:\/dev|\/proc\/self)\/fd\/\d+)$/.test(path);
}

/** Opens a stream that {@linkcode isStreamPath} knows. Throws the system's errors. */
export function openStream(path: string): Deno.FsFile {
  return Deno.openSync(path);
}

/** Opens the terminal of the process's session, whatever its streams are. Throws the system's errors. */
export function openTerminal(): Deno.FsFile {
  return Deno.openSync("/dev/tty", { read: true, write: true });
}

/**
 * Reads a stream to its end, as UTF-8 text.
 *
 * Throws the system's errors if it cannot be read.
 *
 * @throws {LvsctlError} If it is not text, or too large.
 */
export function readStreamText(stream: ReadableBytes, options: StreamOptions): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let linesBefore = 0;
  for (const bytes of piecesOf(stream, options)) {
    text += decode(decoder, { bytes, linesBefore, options, isEnd: false });
    linesBefore += countLines(bytes);
  }
  return text + decode(decoder, { bytes: new Uint8Array(), linesBefore, options, isEnd: true });
}

/**
 * As {@linkcode readStreamText}, for a text in any encoding.
 *
 * @throws {LvsctlError} If it is not text, or too large.
 */
export function readStreamBytes(stream: ReadableBytes, options: StreamOptions): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const bytes of piecesOf(stream, options)) pieces.push(bytes.slice());
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const piece of pieces) {
    all.set(piece, length);
    length += piece.length;
  }
  return all;
}

/** The bytes of a stream in pieces, each valid until the next one. */
function* piecesOf(stream: ReadableBytes, { name, maxBytes = MAX_TEXT_BYTES }: StreamOptions): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let total = 0;
  for (;;) {
    const length = stream.readSync(chunk);
    if (length === null) return;
    const bytes = chunk.subarray(0, length);
    // An endless device ends at its first bytes: /dev/zero has no text, /dev/urandom is not UTF-8.
    if (bytes.includes(0)) throw refusal(name, "it has null bytes, so it is not text", { exitCode: EXIT.usage });
    total += length;
    if (total > maxBytes) throw refusal(name, `it is larger than ${inMebibytes(maxBytes)}`, { exitCode: EXIT.usage });
    yield bytes;
  }
}

function decode(
  decoder: TextDecoder,
  piece: {
    readonly bytes: Uint8Array;
    readonly linesBefore: number;
    readonly options: StreamOptions;
    readonly isEnd: boolean;
  },
): string {
  const { bytes, linesBefore, options: { name }, isEnd } = piece;
  try {
    return decoder.decode(bytes, { stream: !isEnd });
  } catch (cause) {
    // A character that began in the piece before is right: its bytes here would look like a mistake.
    const rest = linesBefore === 0 ? bytes : bytes.subarray(continuationBytes(bytes));
    throw notUtf8(name, { bytes: rest, linesBefore, cause });
  }
}

/** The number of bytes at the beginning that continue a character, at most three. */
function continuationBytes(bytes: Uint8Array): number {
  const first = bytes.subarray(0, 3).findIndex((byte) => (byte & 0xc0) !== 0x80);
  return first < 0 ? Math.min(3, bytes.length) : first;
}
