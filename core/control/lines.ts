import { LvsctlError } from "../errors/mod.ts";

const CHUNK_BYTES = 64 * 1024;
const LINE_END = 10;

/**
 * The lines of a stream, without their ends; text after the last line end is discarded.
 *
 * @param stream The stream.
 * @param options.maxBytes Longest line; bytes.
 * @throws {LvsctlError} If a line is longer, or is not UTF-8.
 */
export async function* readLines(
  stream: { read(bytes: Uint8Array): Promise<number | null> },
  options: { readonly maxBytes: number },
): AsyncGenerator<string, void, undefined> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const count = await stream.read(chunk);
    if (count === null) return;
    let rest = chunk.slice(0, count);
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END)) {
      yield decode([...parts, rest.subarray(0, end)]);
      [parts, length] = [[], 0];
      rest = rest.subarray(end + 1);
    }
    parts.push(rest);
    length += rest.length;
    if (length > options.maxBytes) throw new LvsctlError(`a line is longer than ${options.maxBytes} bytes`);
  }
}

function decode(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  } catch {
    throw new LvsctlError("a line is not UTF-8 text");
  }
}

/** Writes the whole of a text. */
export async function writeText(
  stream: { write(bytes: Uint8Array): Promise<number> },
  text: string,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await stream.write(bytes.subarray(written));
}
