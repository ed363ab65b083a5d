import { forTerminal, pathText } from "../../core/model/mod.ts";
import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { initialVariable, optionalVariable } from "../../core/host/mod.ts";
import {
  decodeText,
  isStreamPath,
  openStream,
  type ReadOptions,
  readRegularFile,
  readStreamBytes,
  readStreamText,
} from "../../core/files/mod.ts";
import { askTerminal, hasTerminal } from "./question.ts";
import { allowsColor, sizeOfTerminal, type TerminalSize } from "./terminal_environment.ts";
import type { Verbosity } from "./verbosity.ts";

/** A document with a long list, which is not kept in memory. */
export interface DocumentWithList {
  /** The document without the list. */
  readonly document: { readonly [key: string]: unknown };
  /** The key of the list, which comes last. */
  readonly key: string;
  /** The items of the list. */
  readonly items: Iterable<unknown>;
}

/** A format of the documents that commands print as JSON by default. */
export interface DocumentFormat {
  /**
   * Writes a document with its line end.
   *
   * @param options.isRepeated Whether it is one of many.
   */
  write(document: { readonly [key: string]: unknown }, options: { readonly isRepeated: boolean }): string;
  /** As `write`, in pieces. */
  writeList(list: DocumentWithList, options: { readonly isRepeated: boolean }): Iterable<string>;
}

/** The streams of a command; tests have their own. */
export interface Io {
  /**
   * Writes text to standard output, by {@linkcode forTerminal}: no control character but tab and line feed passes.
   * Throws `BrokenPipe` if its reader has ended.
   */
  out(text: string): void;
  /**
   * Declares that the command begins to change something. After that, standard output that cannot be written is a
   * warning, and the command goes on: its exit status reports what was done, not what was printed.
   */
  beginChange?(): void;
  /** The format of documents, if `--output` asks for another than JSON; set for each command line. */
  documentFormat?: DocumentFormat | undefined;
  /** How much is printed, if an option asks for less or more; set for each command line. */
  verbosity?: Verbosity | undefined;
  /** Whether `--no-input` forbids questions; set for each command line. */
  refusesQuestions?: boolean | undefined;
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

/** What to do about standard output that cannot be written. */
const OUTPUT_HINT = "redirect standard output to a terminal, or to a file that has space";

/** The streams that text is written to. */
export interface OutputStreams {
  /** Standard output. */
  readonly stdout: { writeSync(bytes: Uint8Array): number };
  /** Standard error. */
  readonly stderr: { writeSync(bytes: Uint8Array): number };
}

/** The variable that the launcher sets if it was started with closed standard output, which it replaced. */
const CLOSED_MARK = "LVSCTL_OUTPUT_CLOSED";

/**
 * The process's own streams.
 *
 * @param streams The streams to write to.
 */
export function systemIo(streams: OutputStreams = Deno): Io {
  let buffer: Uint8Array | undefined;
  let isChange = false;
  let isLost = false;
  const out = (text: string): void => {
    if (isLost) return;
    try {
      write(streams.stdout, text);
    } catch (error) {
      const isClosed = initialVariable(CLOSED_MARK) !== undefined;
      if (!isChange && !isClosed && error instanceof Deno.errors.BrokenPipe) throw error;
      const object = { operation: "write", object: "<stdout>", hint: isChange ? undefined : OUTPUT_HINT };
      const failure = isClosed
        ? new LvsctlError("it is closed", { ...object, errno: "EBADF" })
        : asLvsctlError(error, object);
      if (!isChange) throw failure;
      isLost = true;
      err(`lvsctl: warning: ${failure.message}; the exit status reports the changes\n`);
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
    beginChange: () => {
      isChange = true;
    },
    err: (text) => err(forTerminal(text)),
    control: (text, stream) => stream === "out" ? out(text) : err(text),
    readStdin: () => {
      try {
        return readStreamText(Deno.stdin, { name: "<stdin>" });
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

/**
 * Reads the text of a file that a command line names: a regular file, "-" for standard input, or a stream of the shell,
 * such as `<(COMMAND)`.
 *
 * @throws {LvsctlError} If it cannot be read or is not UTF-8.
 */
export function readFile(io: Io, path: string): string {
  if (path === "-") return io.readStdin();
  if (!isStreamPath(path)) return readNamedFile(path, { hint: STREAM_HINT });
  try {
    using stream = openStream(path);
    return readStreamText(stream, { name: path });
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: path, exitCode: EXIT.usage });
  }
}

/**
 * As {@linkcode readFile}, for a text in any encoding, and without "-".
 *
 * @throws {LvsctlError} If it cannot be read.
 */
export function readFileBytes(path: string): Uint8Array {
  try {
    if (!isStreamPath(path)) return readRegularFile(path, { exitCode: EXIT.usage, hint: STREAM_HINT });
    using stream = openStream(path);
    return readStreamBytes(stream, { name: path });
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: pathText(path), exitCode: EXIT.usage });
  }
}

const STREAM_HINT = "to read a stream, write - and redirect standard input";

/**
 * Reads the text of a regular file, such as one that a file includes.
 *
 * @param options.hint What to do if it is another kind of file.
 * @param options.open Opens the file in another way than Deno does.
 * @throws {LvsctlError} If it cannot be read, is not a regular file, or is not UTF-8.
 */
export function readNamedFile(
  path: string,
  options: Pick<ReadOptions, "hint" | "open"> = {},
): string {
  try {
    return decodeText(readRegularFile(path, { exitCode: EXIT.usage, ...options }), pathText(path));
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: pathText(path), exitCode: EXIT.usage });
  }
}
