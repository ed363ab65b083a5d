import type { Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import type { Line } from "./lines.ts";
import { escapedWords, plainWords, type Statement } from "./statement.ts";

/** Most levels of nested blocks. */
const MAX_DEPTH = 50;

/** What keepalived reads after a keyword: a block of directives, a block of lines, or a block that it skips. */
export type BlockKind = Grammar | "lines" | "skipped";

/** The blocks that a block may contain; every other directive has no block. */
export interface Grammar {
  /** The kind of a directive's block; undefined if it has none. */
  kindOf(statement: Statement): BlockKind | undefined;
}

/** Keywords with secret words. */
const SECRET = /^(auth_pass|password)\s/;

function lineOrigin({ file, line, column, text }: Line): Origin {
  const [, secret] = SECRET.exec(text) ?? [];
  return { file, line, column, words: secret ?? text };
}

/**
 * Parses lines to statements with blocks. As in keepalived, a brace opens a block only after a directive that has one,
 * and every closing brace ends the innermost block. Other braces are reported.
 *
 * @param lines The lines, with braces as lines of their own.
 */
export function buildTree(
  lines: readonly Line[],
  options: { readonly grammar: Grammar; readonly report: Report },
): readonly Statement[] {
  return new Builder(lines, options.report).block(options.grammar, 0);
}

class Builder {
  readonly #lines: readonly Line[];
  readonly #report: Report;
  #at = 0;

  constructor(lines: readonly Line[], report: Report) {
    this.#lines = lines;
    this.#report = report;
  }

  #next(): Line | undefined {
    const line = this.#lines[this.#at];
    this.#at++;
    return line;
  }

  /** Skips an opening brace; false, with nothing skipped, if another line follows. */
  #opens(): boolean {
    if (this.#lines[this.#at]?.text !== "{") return false;
    this.#at++;
    return true;
  }

  /** Reads the statements up to the closing brace. */
  block(grammar: Grammar, depth: number): readonly Statement[] {
    const statements: Statement[] = [];
    for (let line = this.#next(); line !== undefined; line = this.#next()) {
      const origin = lineOrigin(line);
      if (line.text === "{") {
        this.#report.add(
          origin,
          "no block begins here; keepalived ignores this brace, and the next closing brace ends the outer block",
        );
      } else if (line.text === "}") {
        if (depth > 0) return statements;
        this.#report.add(origin, "no brace is open here");
      } else {
        const statement = this.#statement(line, origin);
        if (statement !== undefined) statements.push(this.#withBlock(statement, { grammar, depth }));
      }
    }
    return statements;
  }

  #statement({ text }: Line, origin: Origin): Statement | undefined {
    const { words: [first, ...words], isClosed } = plainWords(text);
    if (!isClosed) this.#report.add(origin, "a quote is not closed; keepalived ignores the text after it");
    if (first === undefined) return undefined;
    const { words: [, ...escaped], isClosed: isComplete } = escapedWords(text);
    return {
      keyword: first.text,
      words: words.map((word) => word.text),
      escaped: isComplete ? escaped.map((word) => word.text) : [],
      block: undefined,
      origin,
    };
  }

  #withBlock(
    statement: Statement,
    { grammar, depth }: { readonly grammar: Grammar; readonly depth: number },
  ): Statement {
    const kind = grammar.kindOf(statement);
    if (kind === undefined) return statement;
    const { origin } = statement;
    if (depth >= MAX_DEPTH) {
      this.#report.add(origin, "blocks are nested too deeply");
      return statement;
    }
    const hasBrace = this.#opens();
    if (!hasBrace) {
      // keepalived skips a block only where a brace follows.
      if (kind === "skipped") return statement;
      this.#report.add(origin, "no brace follows; for keepalived its block begins anyway");
    }
    const start = this.#at;
    const block = kind === "lines"
      ? this.#valueLines()
      : kind === "skipped"
      ? this.#skipped(depth + 1)
      : this.block(kind, depth + 1);
    const isClosed = this.#lines[this.#at - 1]?.text === "}" && this.#at > start;
    if (!isClosed) this.#report.add(origin, "its brace is never closed; all following lines are in its block");
    return { ...statement, block };
  }

  /** Reads a block whose lines are values, up to the first closing brace. */
  #valueLines(): readonly Statement[] {
    const statements: Statement[] = [];
    for (let line = this.#next(); line !== undefined && line.text !== "}"; line = this.#next()) {
      const statement = this.#statement(line, lineOrigin(line));
      if (statement !== undefined) statements.push(statement);
    }
    return statements;
  }

  /** Reads a block in which every brace counts. */
  #skipped(depth: number): readonly Statement[] {
    const statements: Statement[] = [];
    for (let line = this.#next(); line !== undefined && line.text !== "}"; line = this.#next()) {
      const statement = line.text === "{" ? undefined : this.#statement(line, lineOrigin(line));
      if (statement === undefined) {
        if (line.text === "{") this.#skipBraces();
      } else if (!this.#opens()) statements.push(statement);
      else if (depth < MAX_DEPTH) statements.push({ ...statement, block: this.#skipped(depth + 1) });
      else this.#skipBraces();
    }
    return statements;
  }

  /** Skips the rest of a block. */
  #skipBraces(): void {
    let depth = 1;
    for (let line = this.#next(); line !== undefined; line = this.#next()) {
      if (line.text === "{") depth++;
      else if (line.text === "}") depth--;
      if (depth === 0) return;
    }
  }
}
