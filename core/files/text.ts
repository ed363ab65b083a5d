import { EXIT, LvsctlError } from "../errors/mod.ts";

const LINE_FEED = 0x0a;

/**
 * Decodes the bytes of a UTF-8 file.
 *
 * @param name The file's name for errors.
 * @throws {LvsctlError} If they are not UTF-8; it names the line.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notUtf8(name, { bytes, cause });
  }
}

/**
 * The error about bytes that are not UTF-8.
 *
 * @param at.bytes The bytes that could not be decoded.
 * @param at.linesBefore How many line ends were before them.
 * @param at.cause The error of the decoder.
 */
export function notUtf8(
  name: string,
  { bytes, linesBefore = 0, cause }: {
    readonly bytes: Uint8Array;
    readonly linesBefore?: number;
    readonly cause?: unknown;
  },
): LvsctlError {
  return new LvsctlError(`it is not UTF-8 text: see line ${linesBefore + wrongLine(bytes)}`, {
    operation: "read",
    object: name,
    exitCode: EXIT.usage,
    cause,
  });
}

/** The number of line ends in bytes. */
export function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

/** The number of the first line that is not UTF-8; of the last one if each line is, because a piece may end anywhere. */
function wrongLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
    line++;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
