import { EXIT, LvsctlError } from "../errors/mod.ts";
import { inMebibytes, MAX_TEXT_BYTES, refusal } from "./regular_file.ts";

/** Bytes of one read: the size of a pipe. */
const CHUNK_BYTES = 64 * 1024;

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
 * @param options.name The stream's name for errors.
 * @param options.maxBytes Most bytes of the text; by default as many as of a file.
 * @throws {LvsctlError} If it is not text, or too large.
 */
export function readStreamText(
  stream: { readSync(bytes: Uint8Array): number | null },
  options: { readonly name: string; readonly maxBytes?: number | undefined },
): string {
  const { name, maxBytes = MAX_TEXT_BYTES } = options;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const chunk = new Uint8Array(CHUNK_BYTES);
  let text = "";
  let total = 0;
  for (;;) {
    const length = stream.readSync(chunk);
    const bytes = chunk.subarray(0, length ?? 0);
    // An endless device ends at its first bytes: /dev/zero has no text, /dev/urandom is not UTF-8.
    if (bytes.includes(0)) throw refusal(name, "it has null bytes, so it is not text", { exitCode: EXIT.usage });
    text += decode(decoder, { bytes, name, isEnd: length === null });
    if (length === null) return text;
    total += length;
    if (total > maxBytes) throw refusal(name, `it is larger than ${inMebibytes(maxBytes)}`, { exitCode: EXIT.usage });
  }
}

function decode(
  decoder: TextDecoder,
  { bytes, name, isEnd }: { readonly bytes: Uint8Array; readonly name: string; readonly isEnd: boolean },
): string {
  try {
    return decoder.decode(bytes, { stream: !isEnd });
  } catch (cause) {
    throw new LvsctlError("it is not UTF-8 text", { operation: "read", object: name, exitCode: EXIT.usage, cause });
  }
}
