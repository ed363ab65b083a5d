import { EXIT, LvsctlError } from "../../errors/mod.ts";
import type { ImportSource, ImportWorld, Report } from "../imported.ts";
import { type DefinedLine, Definitions, EndlessSubstitution } from "./definitions.ts";
import { IncludedPaths } from "./included_paths.ts";
import { isBlank, type Line, originOf, splitLines, stripComment, trimBlanksAtEnd } from "./lines.ts";
import { isRepetition, parseRepetition } from "./sequences.ts";

/** Most lines of a configuration after preprocessing. */
const MAX_LINES = 1_000_000;

/** Most levels of nested values of several lines, sequences and lists. */
const MAX_DEPTH = 50;

/** Options of {@linkcode preprocess}. */
export interface PreprocessOptions {
  /** The file system, the environment and the machine. */
  readonly world: ImportWorld;
  /** The id that selects lines with `@`. */
  readonly configId: string;
  /** Receives the lines that cannot be processed. */
  readonly report: Report;
}

/**
 * Reads the lines of a configuration and its included files in keepalived's order: comments are removed, continued
 * definitions are collected, conditions are evaluated, names are replaced, sequences and lists are expanded, files are
 * included, and braces become lines of their own.
 *
 * @throws {LvsctlError} If the result has too many lines.
 */
export function preprocess(source: ImportSource, options: PreprocessOptions): readonly Line[] {
  return new Preprocessor(options).read(source);
}

/** A file that is being read. */
interface OpenFile {
  readonly file: string;
  /** The path without links. */
  readonly path: string;
  readonly directory: string;
  readonly lines: ReturnType<typeof splitLines>;
  next: number;
}

/** The rest of an expansion. */
interface Expansion {
  /** The number of expansions that it is nested in, itself included. */
  readonly depth: number;
  /** Returns its next line, and whether it is the last one. */
  next(): { readonly line: Line; readonly isLast: boolean };
}

/** The state of keepalived's reader: what it reads next comes from the rest of a line, an expansion, or a file. */
class Preprocessor {
  readonly #options: PreprocessOptions;
  readonly #definitions: Definitions;
  readonly #paths: IncludedPaths;
  readonly #files: OpenFile[] = [];
  readonly #expansions: Expansion[] = [];
  /** The rest of a line after a brace. */
  #rest: Line | undefined;
  /** The definition whose lines are being collected. */
  #open: { readonly name: string; readonly lines: DefinedLine[] } | undefined;
  /** The number of expansions that the current line comes from. */
  #depth = 0;
  #processed = 0;

  constructor(options: PreprocessOptions) {
    const { world, configId } = options;
    this.#options = options;
    this.#definitions = new Definitions({ instance: configId });
    this.#paths = new IncludedPaths(world.files);
  }

  read(source: ImportSource): readonly Line[] {
    const result: Line[] = [];
    this.#enter(source);
    for (let raw = this.#next(); raw !== undefined; raw = this.#next()) {
      this.#processed++;
      if (this.#processed > MAX_LINES) throw tooManyLines(raw);
      const line = this.#open === undefined ? this.#process(raw) : this.#collect(raw, this.#open);
      if (line === undefined || this.#include(line)) continue;
      const [head, rest] = splitAtBrace(line);
      this.#rest = rest;
      if (head.text !== "") result.push(head);
    }
    this.#close();
    return result;
  }

  #enter({ file, text }: ImportSource): void {
    this.#files.push({
      file,
      path: this.#paths.realPath(file),
      directory: this.#paths.directoryOf(file),
      lines: splitLines(text),
      next: 0,
    });
  }

  /** Returns the next line to process; undefined at the end. */
  #next(): Line | undefined {
    const rest = this.#rest;
    if (rest !== undefined) {
      this.#rest = undefined;
      return rest;
    }
    const expansion = this.#expansions.at(-1);
    if (expansion !== undefined) {
      const { line, isLast } = expansion.next();
      if (isLast) this.#expansions.pop();
      this.#depth = expansion.depth;
      return line;
    }
    this.#depth = 0;
    for (let open = this.#files.at(-1); open !== undefined; open = this.#files.at(-1)) {
      const next = open.lines[open.next];
      open.next++;
      if (next === undefined) this.#files.pop();
      // An empty line ends a definition.
      else if (next.raw === "") this.#close();
      else {
        const { text, column } = stripComment(next.raw);
        return { text, file: open.file, line: next.line, column, isVerbatim: true };
      }
    }
    return undefined;
  }

  #push(next: Expansion["next"], line: Line): void {
    const depth = this.#depth + 1;
    if (depth <= MAX_DEPTH) this.#expansions.push({ depth, next });
    else this.#options.report.add(originOf(line), `values of several lines may be nested at most ${MAX_DEPTH} deep`);
  }

  /** Ends the definition whose lines are being collected. */
  #close(): void {
    if (this.#open === undefined) return;
    const { name, lines } = this.#open;
    this.#open = undefined;
    this.#definitions.set(name, { lines, isMultiline: lines.length > 0 });
  }

  #collect(line: Line, { lines }: { readonly lines: DefinedLine[] }): undefined {
    const isContinued = line.text.endsWith("\\");
    const text = isContinued ? trimBlanksAtEnd(line.text.slice(0, -1)) : line.text;
    if (text !== "") lines.push({ ...line, text });
    if (!isContinued) this.#close();
  }

  /** Evaluates conditions, definitions and names in a line; undefined if it is used up or not selected. */
  #process(raw: Line): Line | undefined {
    let line = raw;
    let length = raw.text.length;
    for (let isAgain = true; isAgain;) {
      isAgain = false;
      if (line.text === "") return undefined;
      if (line.text.startsWith("@")) {
        const inner = this.#condition(line, length);
        if (inner === undefined) return undefined;
        ({ line, length } = inner);
      }
      if (/^\$[A-Za-z_][A-Za-z0-9_]*=/.test(line.text)) return this.#define(line);
      if (isRepetition(line.text)) return this.#repeat(line);
      if (line.text.startsWith("~") || !line.text.includes("$")) return line;
      const replaced = this.#replace(line);
      if (replaced === undefined) return undefined;
      if (!replaced.isChanged) return line;
      for (const lines of replaced.pending) this.#push(linesOf(lines), line);
      line = replaced.line;
      isAgain = line.text.startsWith("@") || line.text.includes("$");
    }
    return line;
  }

  /**
   * Evaluates the condition of a line; undefined if its line is not selected.
   *
   * @param length The length of the line without the names that were replaced in it.
   */
  #condition(line: Line, length: number): { readonly line: Line; readonly length: number } | undefined {
    const [head, not, id] = /^@(\^?)([^ \t]*)[ \t]+/.exec(line.text) ?? [];
    if (head === undefined) return undefined;
    if ((id === this.#options.configId) === (not === "^")) return undefined;
    const text = line.text.slice(head.length);
    const rest = length - head.length;
    const moved = Math.max(0, rest + 1);
    const column = line.isVerbatim ? line.column + head.length : line.column;
    if (moved > text.length) return { line: { ...line, text, column }, length: rest };
    // keepalived moves as many characters as the line had before the parameter became longer.
    this.#options.report.add(
      originOf(line),
      "keepalived garbles a condition that comes from a longer parameter; write the condition at the start of the line",
    );
    const garbled = text.slice(0, moved) + line.text.slice(moved);
    return { line: { ...line, text: garbled, isVerbatim: false }, length: rest };
  }

  #define(line: Line): undefined {
    const [, name = "", value = ""] = /^\$([A-Za-z0-9_]+)=[ \t]*(.*)$/s.exec(line.text) ?? [];
    if (!value.endsWith("\\")) {
      this.#definitions.set(name, { lines: [{ ...line, text: value }], isMultiline: false });
      return;
    }
    const first = trimBlanksAtEnd(value.slice(0, -1));
    this.#open = { name, lines: first === "" ? [] : [{ ...line, text: first }] };
    if (this.#expansions.length === 0) return;
    this.#options.report.add(originOf(line), "keepalived garbles a value of several lines that a line here defines");
  }

  #repeat(line: Line): undefined {
    const { report } = this.#options;
    const repetition = parseRepetition(line.text, (text) => this.#replace({ ...line, text })?.line.text ?? text);
    if ("problem" in repetition) {
      report.add(originOf(line), repetition.problem);
      return;
    }
    const { count, rest } = repetition;
    if (count > MAX_LINES - this.#processed) {
      report.add(originOf(line), `it expands to ${count} lines; the limit is 1,000,000 lines in total`);
      return;
    }
    for (const [name] of repetition.definitions(0)) {
      if (!this.#definitions.isMultiline(name)) continue;
      report.add(originOf(line), `keepalived garbles $${name}, because it had a value of several lines before`);
    }
    let index = 0;
    this.#push(() => {
      for (const [name, value] of repetition.definitions(index)) {
        this.#definitions.set(name, { lines: [{ ...line, text: value }], isMultiline: false });
      }
      index++;
      return { line: { ...line, text: rest, isVerbatim: false }, isLast: index >= count };
    }, line);
  }

  /** Replaces the names in a line; undefined, with a report, if that would not end. */
  #replace(line: Line):
    | { readonly line: Line; readonly isChanged: boolean; readonly pending: readonly (readonly DefinedLine[])[] }
    | undefined {
    const { report } = this.#options;
    const directory = this.#files.at(-1)?.directory ?? ".";
    try {
      const { text: replaced, isChanged, pending, place, fixed } = this.#definitions.substitute(line.text, {
        directory,
      });
      // keepalived removes comments again, so that a value may begin one.
      const { text } = isChanged ? stripComment(replaced) : { text: replaced };
      for (const name of fixed) {
        report.add(
          originOf(line),
          `keepalived picks another number at each start; ${name} is replaced by its smallest one`,
        );
      }
      const isWhole = place !== undefined && place.text === text;
      return { line: { ...line, ...(isWhole ? place : {}), text, isVerbatim: isWhole }, isChanged, pending };
    } catch (error) {
      if (!(error instanceof EndlessSubstitution)) throw error;
      report.add(originOf(line), `replacing $${error.message} would never end, or make the line too long`);
      return undefined;
    }
  }

  /** Opens the files of an include directive; false for other lines. */
  #include(line: Line): boolean {
    const [, strict, pattern] = /^include([rmwba]?)[ \t]+(.*)$/s.exec(line.text) ?? [];
    if (pattern === undefined) return false;
    const { report } = this.#options;
    const from = this.#files.at(-1);
    if (pattern.startsWith('"')) report.add(originOf(line), "for keepalived the quotes belong to the name of the file");
    const found = this.#paths.find(trimBlanksAtEnd(pattern), {
      directory: from?.directory ?? ".",
      isStrict: strict === "a",
    });
    for (const problem of found.problems) report.add(originOf(line), problem);
    const entered: ImportSource[] = [];
    for (const file of found.paths) {
      const path = this.#paths.realPath(file);
      const circle = this.#files.findIndex((open) => open.path === path);
      const problem = circle >= 0
        ? `the files include each other in a circle: ${
          [...this.#files.slice(circle).map((one) => one.file), file].join(" -> ")
        }`
        : this.#paths.refusal(this.#files.length);
      if (problem !== undefined) report.add(originOf(line), problem);
      else {
        const text = this.#readFile(file, line);
        if (text !== undefined) entered.push({ file, text });
      }
    }
    for (const source of entered.reverse()) this.#enter(source);
    return true;
  }

  /** Reads an included file; undefined, with a report, if it cannot be read. */
  #readFile(file: string, line: Line): string | undefined {
    try {
      return this.#options.world.files.readFile(file);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#options.report.add(originOf(line), error.message);
      return undefined;
    }
  }
}

/** The lines of a value, one by one. */
function linesOf(lines: readonly DefinedLine[]): Expansion["next"] {
  let index = 0;
  return () => {
    const [line] = lines.slice(index, index + 1);
    index++;
    if (line === undefined) throw new RangeError("The value has no further line");
    return { line: { ...line, isVerbatim: true }, isLast: index >= lines.length };
  };
}

function tooManyLines({ file, line }: Line): LvsctlError {
  return new LvsctlError(`line ${line} expands it to more than 1,000,000 lines`, {
    operation: "import",
    object: file,
    exitCode: EXIT.usage,
  });
}

/** The position of the first brace of a line outside of quotes; -1 without one. */
function findBrace(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "{" || character === "}") return at;
    if (character !== '"') continue;
    const end = text.indexOf('"', at + 1);
    if (end < 0) return -1;
    at = end;
  }
  return -1;
}

/** Splits a line at its first brace: a brace at the start is a line of its own. */
function splitAtBrace(line: Line): readonly [Line, Line | undefined] {
  const brace = findBrace(line.text);
  if (brace < 0) return [{ ...line, text: trimBlanksAtEnd(line.text) }, undefined];
  let end = brace === 0 ? 1 : brace;
  const head = { ...line, text: trimBlanksAtEnd(line.text.slice(0, end)) };
  while (end < line.text.length && isBlank(line.text.charAt(end))) end++;
  if (end >= line.text.length) return [head, undefined];
  const rest = trimBlanksAtEnd(line.text.slice(end));
  return [head, { ...line, text: rest, column: line.isVerbatim ? line.column + end : line.column }];
}
