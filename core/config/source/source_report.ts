import { defined, replaceUnfit } from "../../model/mod.ts";
import { displayName, type Problem, type Warning } from "./problem.ts";
import { LineIndex } from "./line_index.ts";

const MAX_MESSAGE = 600;

/** Text made fit for one line of a terminal: control characters are escaped, and what is very long is cut. */
export function oneLine(text: string): string {
  const short = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 3)}...` : text;
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return replaceUnfit(short, (unfit) => [...unfit].map(escape).join(""));
}

/** A file that takes part in a reading. */
interface Source {
  /** Its name; undefined for the file that was asked for. */
  readonly file: string | undefined;
  /** Offset of its first character. */
  readonly base: number;
  readonly text: string;
  readonly lines: LineIndex;
}

/** What was found at a place. */
interface Found {
  readonly offset: number;
  readonly message: string;
}

/**
 * One reading of a file, and of those that it includes: collects what is wrong with them, so that all of it is told at
 * once. An offset stands for a place in any of them: each file's begin where those of the file before it end.
 */
export class SourceReport {
  readonly #file: string;
  readonly #sources: Source[] = [];
  readonly #problems = new Map<string, Found>();
  readonly #warnings = new Map<string, Found & { readonly code: string }>();
  #reports = 0;

  /**
   * Starts without problems.
   *
   * @param text The file's text, for lines and columns.
   * @param file Its name, for what other files say of it.
   */
  constructor(text: string, file = "-") {
    this.#file = displayName(file);
    this.#sources.push({ file: undefined, base: 0, text, lines: new LineIndex(text) });
  }

  /**
   * Takes an included file in.
   *
   * @returns The offset of its first character.
   */
  addFile(file: string, text: string): number {
    const last = this.#sources.at(-1);
    const base = last === undefined ? 0 : last.base + last.text.length + 1;
    this.#sources.push({ file, base, text, lines: new LineIndex(text) });
    return base;
  }

  /** Notes a problem; the same one at the same place (met again through an alias) counts once. */
  addProblem(offset: number, message: string): void {
    this.#reports++;
    this.#problems.set(`${offset}:${message}`, { offset, message: oneLine(message) });
  }

  /** Notes something that is legal and most probably not meant, unless a comment in the file allows it. */
  addWarning(offset: number, { code, message }: { readonly code: string; readonly message: string }): void {
    if (this.#isAllowed(offset, code)) return;
    // A range would tell the same of each of its values.
    const key = `${offset}:${code}`;
    if (!this.#warnings.has(key)) this.#warnings.set(key, { offset, message: oneLine(message), code });
  }

  /** How often something was reported: unchanged while nothing wrong is met. */
  get problemReports(): number {
    return this.#reports;
  }

  /** The line of an offset as seen from another: "line 7", or "line 7 of lvs.d/web.yaml" where that is another file. */
  lineOf(offset: number, options: { readonly from: number }): string {
    const source = this.#sourceOf(offset);
    const { line } = source.lines.locate(offset - source.base);
    if (source === this.#sourceOf(options.from)) return `line ${line}`;
    return `line ${line} of ${source.file ?? this.#file}`;
  }

  /** Where a text begins in the file that an offset is in, if it is what stands there or behind a quote. */
  offsetWithin(offset: number, part: { readonly text: string; readonly index: number }): number {
    const source = this.#sourceOf(offset);
    const at = offset - source.base;
    for (const start of [at, at + 1]) {
      if (source.text.startsWith(part.text, start)) return source.base + start + part.index;
    }
    return offset;
  }

  /** The line of the text that an offset is in. */
  lineAt(offset: number): string {
    const source = this.#sourceOf(offset);
    return source.lines.line(source.lines.locate(offset - source.base).line, source.text);
  }

  /** What was reported so far, in the order of the file; included files follow. */
  get problems(): readonly Problem[] {
    return this.#inOrder(this.#problems).map(({ offset, message }) => ({ ...this.#locate(offset), message }));
  }

  /** What was warned of so far, in the same order. */
  get warnings(): readonly Warning[] {
    return this.#inOrder(this.#warnings).map(({ offset, message, code }) => {
      return { ...this.#locate(offset), message, code };
    });
  }

  #inOrder<T extends Found>(found: ReadonlyMap<string, T>): T[] {
    return [...found.values()].sort((a, b) => a.offset - b.offset);
  }

  #locate(offset: number): Omit<Problem, "message"> {
    const { file, base, lines } = this.#sourceOf(offset);
    return defined({ file, ...lines.locate(offset - base) });
  }

  #sourceOf(offset: number): Source {
    const source = this.#sources.findLast(({ base }) => base <= offset);
    if (source === undefined) throw new RangeError(`No file has the offset ${offset}`);
    return source;
  }

  /** Whether `# lvsctl: allow CODE` stands in the line, or in a line of its own above it. */
  #isAllowed(offset: number, code: string): boolean {
    const source = this.#sourceOf(offset);
    const { line } = source.lines.locate(offset - source.base);
    const above = source.lines.line(line - 1, source.text);
    return [source.lines.line(line, source.text), /^\s*#/.test(above) ? above : ""].some((text) => {
      const [, codes = ""] = /#\s*lvsctl: allow\s+([\w, -]+)/.exec(text) ?? [];
      return codes.split(/[\s,]+/).includes(code);
    });
  }
}

/** What is being read, and where its problems go. */
export interface Place {
  /** What messages call it: its key, or "an item of servers". */
  readonly label: string;
  /** The reading that it is part of. */
  readonly report: SourceReport;
  /** Whether the values of a mapping that is read here must not be repeated. */
  readonly isSecret?: true | undefined;
  /** Whether keys that have to be there may be missing, of a mapping that is read here. */
  readonly isPartial?: true | undefined;
  /** What messages call the key of a mapping that is read here, which the file writes without its key. */
  readonly keyLabel?: string | undefined;
}
