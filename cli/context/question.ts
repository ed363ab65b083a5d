import { openTerminal as openSessionTerminal } from "../../core/files/mod.ts";

/** A stream to read from, and to write to. */
interface Stream extends Disposable {
  readSync(bytes: Uint8Array): number | null;
  writeSync(bytes: Uint8Array): number;
}

/** Whether {@linkcode askTerminal} can ask. */
export function hasTerminal(): boolean {
  using terminal = openTerminal();
  return terminal !== undefined;
}

/**
 * Asks a yes-or-no question on standard error if that is a terminal, otherwise on the terminal of the session: never in
 * a pipe or a file. The answer is read from the terminal, so that standard input can be a file.
 *
 * @param text The question with the lines above it, as it is printed.
 * @returns Whether the answer is yes; undefined if there is no terminal, or if it cannot be read.
 */
export function askTerminal(text: string): boolean | undefined {
  using terminal = openTerminal();
  if (terminal === undefined) return undefined;
  const isSeen = Deno.stderr.isTerminal();
  try {
    writeAll(isSeen ? Deno.stderr : terminal, text);
    const answer = readLine(terminal);
    // After Ctrl-D the cursor is still behind the question.
    if (!answer.endsWith("\n")) writeAll(isSeen ? Deno.stderr : terminal, "\n");
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } catch {
    // A process in the background of a session that has ended cannot read its terminal.
    return undefined;
  }
}

function openTerminal(): Stream | undefined {
  try {
    return openSessionTerminal();
  } catch {
    // A process without a session of its own, as in a container, can still have terminals as its streams.
    if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return undefined;
    return {
      readSync: (bytes) => Deno.stdin.readSync(bytes),
      writeSync: (bytes) => Deno.stderr.writeSync(bytes),
      [Symbol.dispose]: () => {},
    };
  }
}

function writeAll(stream: Pick<Stream, "writeSync">, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}

/** Reads a line with its end, which Ctrl-D does not have; a terminal hands over whole lines. */
function readLine(stream: Pick<Stream, "readSync">): string {
  const buffer = new Uint8Array(256);
  const decoder = new TextDecoder();
  let line = "";
  while (!line.includes("\n")) {
    const length = stream.readSync(buffer);
    // Ctrl-D at the start of a line is an answer too.
    if (length === null || length === 0) break;
    line += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return line;
}
