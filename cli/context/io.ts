import { forTerminal, visible } from "../../core/model/mod.ts";
import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { optionalVariable } from "../../core/host/mod.ts";
import { askTerminal, hasTerminal } from "./question.ts";
import { allowsColor, sizeOfTerminal, type TerminalSize } from "./terminal_environment.ts";

/** The streams of a command; tests have their own. */
export interface Io {
  /**
   * Writes text to standard output, by {@linkcode forTerminal}: no control character but tab and line feed passes.
   * Throws `BrokenPipe` if its reader has ended.
   */
  out(text: string): void;
  /** As `out`, to standard error; an error of the write itself cannot be reported, and is ignored. */
  err(text: string): void;
  /**
   * Writes a terminal's control sequences, which no other text may contain.
   *
   * @param stream The stream that is the terminal.
   */
  control(text: string, stream: "out" | "err"): void;
  /** Reads all of standard input. */
  readStdin(): string;
  /**
   * Reads the next bytes of standard input as soon as some arrive, `null` at the end; they are valid until the next
   * call. Streams without this method are read as a whole.
   */
  readChunk?(): Uint8Array | null;
  /** Whether standard input and standard error are a terminal. */
  readonly interactive: boolean;
  /** Whether `confirm` can ask: the process has a terminal, even if all of its streams are files or pipes. */
  readonly canAsk?: boolean | undefined;
  /** Whether standard output is a terminal. */
  readonly outIsTerminal?: boolean | undefined;
  /** Whether standard error is a terminal. */
  readonly errIsTerminal?: boolean | undefined;
  /** Whether the environment allows colours on a terminal. */
  readonly allowsColor?: boolean | undefined;
  /** The size of the terminal; undefined without a terminal or a known size. */
  terminalSize?(): TerminalSize | undefined;
  /**
   * Asks a yes-or-no question through the terminal, never through a pipe or a file.
   *
   * @param question The question, without its line end.
   * @param shown Lines above the question, which may have colours.
   * @returns The answer; undefined if there is no terminal.
   */
  confirm(question: string, shown?: string): boolean | undefined;
}

/** A colour (SGR). */
// deno-lint-ignore no-control-regex -- the pattern is for control sequences
const COLOR = /(\x1b\[\d{0,3}m)/;

/** As {@linkcode forTerminal}, but colours stay. */
export function forTerminalWithColors(text: string): string {
  return text.split(COLOR).map((part) => COLOR.test(part) ? part : forTerminal(part)).join("");
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

/** The streams that text is written to. */
export interface OutputStreams {
  /** Standard output. */
  readonly stdout: { writeSync(bytes: Uint8Array): number };
  /** Standard error. */
  readonly stderr: { writeSync(bytes: Uint8Array): number };
}

/**
 * The process's own streams.
 *
 * @param streams The streams to write to.
 */
export function systemIo(streams: OutputStreams = Deno): Io {
  let buffer: Uint8Array | undefined;
  const out = (text: string): void => {
    try {
      write(streams.stdout, text);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      throw asLvsctlError(error, { operation: "write", object: "<stdout>" });
    }
  };
  const err = (text: string): void => {
    try {
      write(streams.stderr, text);
    } catch {
      // The exit status still reports the failure, and a daemon must not end with the reader of its log.
    }
  };
  return {
    out: (text) => out(forTerminal(text)),
    err: (text) => err(forTerminal(text)),
    control: (text, stream) => stream === "out" ? out(text) : err(text),
    readStdin: () => {
      try {
        return readText(Deno.stdin, { name: "<stdin>" });
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
    get errIsTerminal() {
      return Deno.stderr.isTerminal();
    },
    get allowsColor() {
      return allowsColor(optionalVariable);
    },
    terminalSize: () => sizeOfTerminal(reportedSize(), optionalVariable),
    get canAsk() {
      return hasTerminal();
    },
    confirm: (question, shown = "") => askTerminal(forTerminalWithColors(shown) + forTerminal(`${question} [y/N] `)),
  };
}

/** The size that a terminal of one of the standard streams reports. */
function reportedSize(): TerminalSize | undefined {
  try {
    return Deno.consoleSize();
  } catch {
    return undefined;
  }
}

/** Enough for ten million servers; without a limit, a device such as /dev/zero would fill the memory. */
const MAX_INPUT_BYTES = 512 * 1024 * 1024;

/**
 * Reads the whole text of a UTF-8 file.
 *
 * @param stream The open file.
 * @param options.name The file's name for errors.
 * @param options.expectedBytes The size of the file, if it is known.
 * @throws {LvsctlError} If it is not UTF-8, or larger than any state of the kernel.
 */
function readText(
  stream: { readSync(bytes: Uint8Array): number | null },
  { name, expectedBytes = 64 * 1024 }: { readonly name: string; readonly expectedBytes?: number | undefined },
): string {
  // One byte more than expected, so that the end of the file is seen without growing the buffer.
  let buffer = new Uint8Array(Math.min(expectedBytes, MAX_INPUT_BYTES) + 1);
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
 * Decodes the bytes of a UTF-8 file.
 *
 * @throws {LvsctlError} If they are not UTF-8.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LvsctlError("it is not UTF-8 text", { operation: "read", object: name, exitCode: EXIT.usage });
  }
}

/**
 * Reads the text of a file, or of standard input for "-".
 *
 * @throws {LvsctlError} If it cannot be read or is not UTF-8.
 */
export function readFile(io: Io, path: string): string {
  if (path === "-") return io.readStdin();
  try {
    using file = Deno.openSync(path);
    return readText(file, { name: visible(path), expectedBytes: file.statSync().size });
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: visible(path), exitCode: EXIT.usage });
  }
}
