import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";

/** The size of a terminal, in characters. */
export interface TerminalSize {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** What a command reads and writes; tests give their own. */
export interface Io {
  /** Writes to standard output; throws `BrokenPipe` if nobody reads it any more. */
  out(text: string): void;
  /** Writes to standard error, as far as that takes it: there is nowhere to tell that it did not. */
  err(text: string): void;
  /** All of standard input. */
  readStdin(): string;
  /**
   * The next bytes of standard input as soon as there are some, `null` at its end; valid until the next call. Streams
   * without it are read as a whole.
   */
  readChunk?(): Uint8Array | null;
  /** Whether a person can be asked: standard input and error are a terminal. */
  readonly interactive: boolean;
  /** Whether standard output is a terminal; streams that do not tell are none. */
  readonly outIsTerminal?: boolean;
  /** How large the terminal is that standard output is; undefined where it is none, or does not tell. */
  terminalSize?(): TerminalSize | undefined;
  /** Asks a yes-or-no question; only where `interactive`. */
  confirm(question: string): boolean;
}

/** Prints until that is done or the reader of standard output has ended, which is not an error: `head` does it. */
export async function untilReaderEnds(print: () => void | Promise<void>): Promise<void> {
  try {
    await print();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

const ENCODER = new TextEncoder();

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = ENCODER.encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}

/** The process's own streams. */
export function systemIo(): Io {
  let buffer: Uint8Array | undefined;
  return {
    out: (text) => {
      try {
        write(Deno.stdout, text);
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw error;
        throw asLvsctlError(error, { operation: "write", object: "<stdout>" });
      }
    },
    err: (text) => {
      try {
        write(Deno.stderr, text);
      } catch {
        // The exit status still says it. A daemon must not end because whoever kept its log has.
      }
    },
    readStdin: () => {
      try {
        return readText(Deno.stdin, "<stdin>");
      } catch (error) {
        throw asLvsctlError(error, { operation: "read", object: "<stdin>", exitCode: EXIT.usage });
      }
    },
    readChunk: () => {
      buffer ??= new Uint8Array(64 * 1024);
      const length = Deno.stdin.readSync(buffer);
      return length === null ? null : buffer.subarray(0, length);
    },
    get interactive() {
      return Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
    },
    get outIsTerminal() {
      return Deno.stdout.isTerminal();
    },
    terminalSize: () => {
      try {
        const { columns, rows } = Deno.consoleSize();
        // A terminal that nobody has told its size says 0, as serial lines do.
        return columns > 0 && rows > 0 ? { columns, rows } : undefined;
      } catch {
        return undefined;
      }
    },
    confirm: (question) => confirm(question),
  };
}

/** More than ten million servers; without a limit a device such as /dev/zero would fill the memory. */
const MAX_INPUT_BYTES = 512 * 1024 * 1024;

/**
 * Reads the whole text of a file that has to be UTF-8.
 *
 * @param options.expectedBytes Size of the file, where it is known.
 * @throws {LvsctlError} If it is not, or is larger than any state of the kernel.
 */
export function readText(
  stream: { readSync(bytes: Uint8Array): number | null },
  name: string,
  options: { readonly expectedBytes?: number } = {},
): string {
  // One more than expected, so that the end of a file shows without growing.
  let buffer = new Uint8Array(Math.min(options.expectedBytes ?? 64 * 1024, MAX_INPUT_BYTES) + 1);
  let total = 0;
  for (;;) {
    if (total === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    const length = stream.readSync(buffer.subarray(total));
    if (length === null) return decodeText(buffer.subarray(0, total), name);
    total += length;
    if (total > MAX_INPUT_BYTES) {
      throw new LvsctlError("it is larger than 512 MiB", { operation: "read", object: name, exitCode: EXIT.usage });
    }
  }
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

/**
 * The text of a file, or of standard input for "-".
 *
 * @throws {LvsctlError} If it cannot be read or is not UTF-8.
 */
export function readFile(io: Io, path: string): string {
  if (path === "-") return io.readStdin();
  try {
    using file = Deno.openSync(path);
    return readText(file, path, { expectedBytes: file.statSync().size });
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: path, exitCode: EXIT.usage });
  }
}
