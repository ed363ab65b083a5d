import type { Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import type { Line } from "./lines.ts";
import { escapedWords, plainWords, type Statement } from "./statement.ts";

/** How deep blocks may stand in each other. */
const MAX_DEPTH = 50;

/** A statement while its block is read. */
interface Growing extends Statement {
  block: Growing[] | undefined;
}

/** A part of a line: text, or a brace. */
interface Piece {
  readonly text: string;
  readonly at: number;
}

/** A line cut at its braces; those between quotes are text. */
function pieces(text: string): readonly Piece[] {
  const found: Piece[] = [];
  let start = 0;
  let quote = "";
  const end = (at: number): void => {
    const part = text.slice(start, at);
    const lead = part.length - part.trimStart().length;
    if (part.trim() !== "") found.push({ text: part.trim(), at: start + lead });
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
      found.push({ text: character, at });
    }
  }
  end(text.length);
  return found;
}

/** Words that must not be shown: what follows them is secret. */
const SECRET = /^(auth_pass|password)\s/;

function pieceOrigin(line: Line, { text, at }: Piece): Origin {
  const { file, line: number, column, isVerbatim } = line;
  const [, secret] = SECRET.exec(text) ?? [];
  return { file, line: number, column: isVerbatim ? column + at : column, words: secret ?? text };
}

/**
 * Puts lines together to statements with blocks. Braces that have no partner are reported; what stands in a block that
 * is not closed belongs to it.
 */
export function buildTree(lines: readonly Line[], report: Report): readonly Statement[] {
  const root: Growing[] = [];
  const open: { readonly statement: Growing | undefined; readonly block: Growing[] }[] = [];
  let block = root;
  /** What a brace would belong to. */
  let last: Growing | undefined;
  for (const line of lines) {
    for (const piece of pieces(line.text)) {
      const origin = pieceOrigin(line, piece);
      if (piece.text === "{") {
        if (last === undefined || open.length >= MAX_DEPTH) {
          report.add(
            origin,
            last === undefined ? "nothing stands before this brace" : "blocks stand in each other too deep",
          );
        }
        const inner: Growing[] = [];
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
    if (statement !== undefined) report.add(statement.origin, "its brace is never closed; all that follows is in it");
  }
  return root;
}

function readStatement(
  text: string,
  { origin, report }: { readonly origin: Origin; readonly report: Report },
): Growing {
  const { words: [first, ...words], isClosed } = plainWords(text);
  if (!isClosed) report.add(origin, "a quote has no partner");
  const [, ...escaped] = escapedWords(text).words;
  return {
    keyword: first?.text ?? "",
    words: words.map((word) => word.text),
    escaped: escaped.map((word) => word.text),
    block: undefined,
    origin,
  };
}
