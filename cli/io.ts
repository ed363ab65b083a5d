import { EXIT, LvsctlError } from "../core/errors/mod.ts";

/** What a command reads and writes; tests give their own. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** All of standard input. */
  readStdin(): string;
  /** Whether a person can be asked: standard input and error are a terminal. */
  readonly interactive: boolean;
  /** Asks a yes-or-no question; only where `interactive`. */
  confirm(question: string): boolean;
}

const ENCODER = new TextEncoder();

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = ENCODER.encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}

/** The process's own streams. */
export function systemIo(): Io {
  return {
    out: (text) => write(Deno.stdout, text),
    err: (text) => write(Deno.stderr, text),
    readStdin: () => readAll(Deno.stdin),
    get interactive() {
      return Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
    },
    confirm: (question) => confirm(question),
  };
}

function readAll(stream: { readSync(bytes: Uint8Array): number | null }): string {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = new Uint8Array(64 * 1024);
    const length = stream.readSync(chunk);
    if (length === null) break;
    chunks.push(chunk.subarray(0, length));
  }
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let position = 0;
  for (const chunk of chunks) {
    all.set(chunk, position);
    position += chunk.length;
  }
  return decodeText(all, "<stdin>");
}

/**
 * Decodes the bytes of a file that has to be UTF-8.
 *
 * @throws {LvsctlError} If it is not.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LvsctlError("it is not UTF-8 text", { operation: "read", object: name, exitCode: EXIT.usage });
  }
}
