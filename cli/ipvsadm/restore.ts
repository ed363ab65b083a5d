import type { Change } from "../../core/model/mod.ts";
import { IpvsadmFailure, STATUS, UsageFailure } from "./failure.ts";
import { kernelMessage } from "./kernel_message.ts";
import { parseCommandLine } from "./parse/command_line.ts";
import { splitWords } from "./parse/rule_words.ts";
import { runRequest, type Session } from "./session.ts";

/**
 * Runs commands, one a line, as `ipvsadm -R` does: it continues after a change that the kernel refuses, ends at an
 * invalid line, and returns the status of the last line that it ran. Unlike ipvsadm it sends the changes of many lines
 * at once, and its messages have the line's number.
 *
 * @param session The kernel and the streams.
 * @param input The text, in pieces that may end anywhere; the whole lines of a piece run before the next piece is read.
 */
export function runRestore(session: Session, input: Iterable<string>): number {
  const restore = new Restore(session);
  let rest = "";
  try {
    for (const piece of input) {
      const text = rest + piece;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      restore.runLines(text.slice(0, end));
      restore.refuseEndless(rest);
    }
    restore.runLines(rest);
  } catch (error) {
    if (!(error instanceof RestoreEnd)) throw error;
  }
  return restore.status;
}

/** Most characters of a line. */
const MAX_LINE_LENGTH = 1024 * 1024;

/** How many changes are sent at once; more would live through several collections of garbage. */
const CHANGES = 256;

/** Ends the restore: a line was invalid, or requested the help or the version. */
class RestoreEnd extends Error {}

class Restore {
  readonly #session: Session;
  readonly #lastId = new IdMemo();
  #line = 0;
  #changes: Change[] = [];
  #changeLines: number[] = [];
  /** Status of the last line that ran. */
  status = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Runs whole lines. */
  runLines(text: string): void {
    for (let start = 0; start < text.length;) {
      const newline = text.indexOf("\n", start);
      const end = newline < 0 ? text.length : newline;
      this.#line++;
      const words = splitWords(text, { start, end });
      if (words.length > 0) this.#runLine(words);
      start = end + 1;
    }
    this.#sendChanges();
  }

  /** Ends the restore at the beginning of a line that is longer than any command: it may never end. */
  refuseEndless(line: string): void {
    if (line.length <= MAX_LINE_LENGTH) return;
    this.#report(this.#line + 1, "the line is too long");
    this.status = STATUS.invalid;
    throw new RestoreEnd();
  }

  #runLine(words: readonly string[]): void {
    try {
      const request = parseCommandLine(words, this.#session);
      if (request.kind === "change") {
        this.#changes.push(this.#lastId.share(request.change));
        this.#changeLines.push(this.#line);
        if (this.#changes.length >= CHANGES) this.#sendChanges();
        return;
      }
      this.#sendChanges();
      if (request.kind === "restore") throw new UsageFailure(this.#session.program);
      runRequest(this.#session, request);
      this.status = STATUS.ok;
      if (request.kind === "help" || request.kind === "version") throw new RestoreEnd();
    } catch (error) {
      if (!(error instanceof IpvsadmFailure)) throw error;
      this.#sendChanges();
      this.#report(this.#line, error.message);
      this.status = error.status;
      if (error.final) throw new RestoreEnd();
    }
  }

  #sendChanges(): void {
    const changes = this.#changes;
    if (changes.length === 0) return;
    this.#changes = [];
    const lines = this.#changeLines;
    this.#changeLines = [];
    this.#session.context.io.beginChange?.();
    const errors = this.#session.kernel.client.execute(changes);
    for (const [index, error] of errors) {
      this.#report(lines[index] ?? 0, kernelMessage(error, changes[index]?.operation));
    }
    this.status = errors.has(changes.length - 1) ? STATUS.refused : STATUS.ok;
  }

  #report(line: number, message: string): void {
    this.#session.context.io.err(`line ${line}: ${message}\n`);
  }
}

/** Shares one id among the servers of a service, so that the client encodes the id once. */
class IdMemo {
  #last: Extract<Change, { readonly operation: "addServer" | "editServer" }>["id"] | undefined;

  share(change: Change): Change {
    if (change.operation !== "addServer" && change.operation !== "editServer") return change;
    const { id } = change;
    const last = this.#last;
    if (
      last !== undefined && last.kind === "endpoint" && id.kind === "endpoint" && last.address === id.address &&
      last.port === id.port && last.protocol === id.protocol
    ) return { ...change, id: last };
    this.#last = id;
    return change;
  }
}
