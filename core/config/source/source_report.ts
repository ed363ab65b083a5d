import { defined, maskText, oneLine } from "../../model/mod.ts";
import { displayName, type Problem, type Warning } from "./problem.ts";
import { LineIndex } from "./line_index.ts";

/** Most problems that are listed: a file with more has one cause for most of them. */
const MAX_PROBLEMS = 500;

/** A file in the report. */
interface Source {
  /** Its name; undefined for the main file. */
  readonly file: string | undefined;
  /** Offset of its first character in the report. */
  readonly base: number;
  readonly text: string;
  readonly lines: LineIndex;
}

/** A message and its place. */
interface Entry {
  readonly offset: number;
  readonly message: string;
}

/**
 * The problems and warnings of a file and its included files, collected so that all are reported at once. An offset
 * names a place in any of the files: the offsets of a file begin where those of the file before it end.
 */
export class SourceReport {
  readonly #file: string;
  readonly #sources: Source[] = [];
  readonly #problems = new Map<string, Entry>();
  readonly #warnings = new Map<string, Entry & Pick<Warning, "code" | "severity">>();
  /** Keys of the warnings that comments allow. */
  readonly #allowed = new Set<string>();
  #reports = 0;
  #unlisted = 0;

  /**
   * Starts an empty report.
   *
   * @param text The file's text, for lines and columns.
   * @param file The file's name, for messages about other files that name it.
   */
  constructor(text: string, file = "-") {
    this.#file = displayName(file);
    this.#sources.push({ file: undefined, base: 0, text, lines: new LineIndex(text) });
  }

  /**
   * Adds an included file.
   *
   * @returns The offset of its first character.
   */
  addFile(file: string, text: string): number {
    const last = this.#sources.at(-1);
    const base = last === undefined ? 0 : last.base + last.text.length + 1;
    this.#sources.push({ file, base, text, lines: new LineIndex(text) });
    return base;
  }

  /** Adds a problem; the same problem at the same place, reached again through an alias, is listed once. */
  addProblem(offset: number, message: string): void {
    this.#reports++;
    if (this.#problems.size >= MAX_PROBLEMS) {
      this.#unlisted++;
      return;
    }
    const key = `${offset}:${message}`;
    // A range of 65,535 ports repeats the problem for each of its services.
    if (!this.#problems.has(key)) this.#problems.set(key, { offset, message: oneLine(maskText(message)) });
  }

  /** Adds a warning, unless a comment in the file allows it. */
  addWarning(offset: number, { code, severity, message }: Pick<Warning, "code" | "severity" | "message">): void {
    // A range would give the same warning for each of its values.
    const key = `${offset}:${code}`;
    if (this.#warnings.has(key) || this.#allowed.has(key)) return;
    if (this.#isAllowed(offset, code)) this.#allowed.add(key);
    else this.#warnings.set(key, { offset, message: oneLine(maskText(message)), code, severity });
  }

  /** Number of calls of {@linkcode SourceReport.addProblem}: unchanged while no problem is found. */
  get problemReports(): number {
    return this.#reports;
  }

  /** Number of problems that are not listed, because there are too many. */
  get unlistedProblems(): number {
    return this.#unlisted;
  }

  /** The line of an offset, for a message at another offset: "line 7", or "line 7 of lvs.d/web.yaml" in another file. */
  lineOf(offset: number, options: { readonly from: number }): string {
    const source = this.#sourceOf(offset);
    const { line } = source.lines.locate(offset - source.base);
    if (source === this.#sourceOf(options.from)) return `line ${line}`;
    return `line ${line} of ${source.file ?? this.#file}`;
  }

  /** Where a text starts: at an offset, or after a quote there; undefined if the file writes it in another form. */
  startOf(text: string, offset: number): number | undefined {
    const source = this.#sourceOf(offset);
    const at = offset - source.base;
    return [at, at + 1].map((start) => source.text.startsWith(text, start) ? source.base + start : undefined)
      .find((start) => start !== undefined);
  }

  /** The line that contains an offset. */
  lineAt(offset: number): string {
    const source = this.#sourceOf(offset);
    return source.lines.line(source.lines.locate(offset - source.base).line, source.text);
  }

  /** The problems, in the order of the file; those of included files follow. */
  get problems(): readonly Problem[] {
    return this.#inOrder(this.#problems).map(({ offset, message }) => ({ ...this.locate(offset), message }));
  }

  /** The warnings, in the same order. */
  get warnings(): readonly Warning[] {
    return this.#inOrder(this.#warnings).map(({ offset, message, code, severity }) => {
      return { ...this.locate(offset), message, code, ...(severity === "error" ? { severity } : {}) };
    });
  }

  #inOrder<T extends Entry>(entries: ReadonlyMap<string, T>): T[] {
    return [...entries.values()].sort((a, b) => a.offset - b.offset);
  }

  /** The file, line and column of an offset. */
  locate(offset: number): Omit<Problem, "message"> {
    const { file, base, lines } = this.#sourceOf(offset);
    return defined({ file, ...lines.locate(offset - base) });
  }

  #sourceOf(offset: number): Source {
    const source = this.#sources.findLast(({ base }) => base <= offset);
    if (source === undefined) throw new RangeError(`No file has the offset ${offset}`);
    return source;
  }

  /** Whether the line has the comment `# lvsctl: allow CODE`, or the line above consists of it. */
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

/** The context of a value that is read. */
export interface Place {
  /** The name of the value in messages: its key, or "an item of servers". */
  readonly label: string;
  /** The receiver of problems. */
  readonly report: SourceReport;
  /** Whether messages must not show the value, nor what is in it. */
  readonly isSecret?: true | undefined;
  /** Whether this mapping may omit its required keys. */
  readonly isPartial?: true | undefined;
  /** The name in messages of the one key of this mapping, if the file writes the value without the key. */
  readonly keyLabel?: string | undefined;
}
