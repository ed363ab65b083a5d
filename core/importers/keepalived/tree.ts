import type { Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import type { Line } from "./lines.ts";
import { escapedWords, plainWords, type Statement } from "./statement.ts";

/** Most levels of nested blocks. */
const MAX_DEPTH = 50;

/** A statement whose block is not complete yet. */
interface OpenStatement extends Statement {
  block: OpenStatement[] | undefined;
}

/** A part of a line: text, or a brace. */
interface Piece {
  readonly text: string;
  readonly at: number;
}

/** Splits a line at its braces, except within quotes. */
function pieces(text: string): readonly Piece[] {
  const split: Piece[] = [];
  let start = 0;
  let quote = "";
  const end = (at: number): void => {
    const part = text.slice(start, at);
    const lead = part.length - part.trimStart().length;
    if (part.trim() !== "") split.push({ text: part.trim(), at: start + lead });
    start = at + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "{" || character === "}") {
      end(at);
      split.push({ text: character, at });
    }
  }
  end(text.length);
  return split;
}

/** Keywords with secret words. */
const SECRET = /^(auth_pass|password)\s/;

function pieceOrigin(line: Line, { text, at }: Piece): Origin {
  const { file, line: number, column, isVerbatim } = line;
  const [, secret] = SECRET.exec(text) ?? [];
  return { file, line: number, column: isVerbatim ? column + at : column, words: secret ?? text };
}

/**
 * Parses lines to statements with blocks. Unmatched braces are reported; a block that is not closed contains all
 * following statements.
 */
export function buildTree(lines: readonly Line[], report: Report): readonly Statement[] {
  const root: OpenStatement[] = [];
  const open: { readonly statement: OpenStatement | undefined; readonly block: OpenStatement[] }[] = [];
  let block = root;
  /** The statement that an opening brace would belong to. */
  let last: OpenStatement | undefined;
  for (const line of lines) {
    for (const piece of pieces(line.text)) {
      const origin = pieceOrigin(line, piece);
      if (piece.text === "{") {
        if (last === undefined || open.length >= MAX_DEPTH) {
          report.add(
            origin,
            last === undefined ? "there is no directive before this brace" : "blocks are nested too deeply",
          );
        }
        const inner: OpenStatement[] = [];
        if (last !== undefined && open.length < MAX_DEPTH) last.block = inner;
        open.push({ statement: last, block });
        block = inner;
        last = undefined;
      } else if (piece.text === "}") {
        const outer = open.pop();
        if (outer === undefined) report.add(origin, "no brace is open here");
        else block = outer.block;
        last = undefined;
      } else {
        last = readStatement(piece.text, { origin, report });
        block.push(last);
      }
    }
  }
  for (const { statement } of open) {
    if (statement !== undefined) {
      report.add(statement.origin, "its brace is never closed; all following lines are in its block");
    }
  }
  return root;
}

function readStatement(
  text: string,
  { origin, report }: { readonly origin: Origin; readonly report: Report },
): OpenStatement {
  const { words: [first, ...words], isClosed } = plainWords(text);
  if (!isClosed) report.add(origin, "a quote is not closed");
  const [, ...escaped] = escapedWords(text).words;
  return {
    keyword: first?.text ?? "",
    words: words.map((word) => word.text),
    escaped: escaped.map((word) => word.text),
    block: undefined,
    origin,
  };
}
