/** A text of a source file that a person reads. */
export interface Text {
  /** Where it begins in the source. */
  readonly start: number;
  /** The source there, of the same length, in which all that is not text is blank. */
  readonly text: string;
}

/** Replaces each character of an expression in a template, and of code in a comment. */
const VALUE = "\uE000";

/** The comments of a file; line comments below each other are one text. */
export function commentTexts({ sourceCode }: Deno.lint.RuleContext): readonly Text[] {
  const texts: Text[] = [];
  let previous: { readonly start: number; readonly end: number } | undefined;
  for (const { type, range: [start, end] } of sourceCode.getAllComments()) {
    const isContinued = type === "Line" && previous !== undefined &&
      /^\r?\n[ \t]*$/.test(sourceCode.text.slice(previous.end, start));
    const from = isContinued && previous !== undefined ? previous.start : start;
    if (isContinued) texts.pop();
    texts.push({ start: from, text: blankComment(sourceCode.text.slice(from, end)) });
    previous = type === "Line" ? { start: from, end } : undefined;
  }
  return texts;
}

/** Blanks the marks of a comment, its tags and the code that it quotes. */
function blankComment(comment: string): string {
  return comment
    .replace(/^\s*(\/\*\*?|\/\/|\*\/|\*(?!\/))/gm, blank)
    .replace(/\*\/$/, blank)
    .replace(/@(param|typeParam)\s+[\w.$]+/g, blank)
    .replace(/\{@\w+[^}]*\}/g, value)
    .replace(/`[^`\n]*`/g, value);
}

/** The text of a string, a template or a sum of them; undefined for other nodes. */
export function stringText(node: Deno.lint.Node, { sourceCode }: Deno.lint.RuleContext): Text | undefined {
  const pieces = piecesOf(node);
  if (pieces === undefined) return undefined;
  const [start, end] = node.range;
  const source = sourceCode.text;
  let text = "";
  for (const { range, isText } of pieces) {
    text += " ".repeat(range[0] - start - text.length);
    const own = source.slice(...range);
    text += isText ? own.replace(/\\[nrt]/g, blank) : value(own);
  }
  return { start, text: text.padEnd(end - start) };
}

/** A part of a string in the source: text, or an expression. */
interface Piece {
  readonly range: Deno.lint.Range;
  readonly isText: boolean;
}

function piecesOf(node: Deno.lint.Node): readonly Piece[] | undefined {
  if (node.type === "Literal") {
    const [start, end] = node.range;
    return typeof node.value === "string" ? [{ range: [start + 1, end - 1], isText: true }] : undefined;
  }
  if (node.type === "TemplateLiteral") {
    const texts = node.quasis.map(({ range }) => ({ range: range, isText: true }));
    // A value includes its braces, so that pieces follow each other without a gap.
    const values = texts.slice(1).map((text, index): Piece => ({
      range: [texts[index]?.range[1] ?? text.range[0], text.range[0]],
      isText: false,
    }));
    return [...texts, ...values].sort((a, b) => a.range[0] - b.range[0] || a.range[1] - b.range[1]);
  }
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const left = piecesOf(node.left);
  const right = piecesOf(node.right);
  if (left === undefined && right === undefined) return undefined;
  const whole = (side: Deno.lint.Node): readonly Piece[] => [{ range: side.range, isText: false }];
  return [...(left ?? whole(node.left)), ...(right ?? whole(node.right))];
}

/** A text with each value as one character, trimmed. */
export function readable({ text }: Text): string {
  return text.replace(/\uE000+/g, VALUE).trim();
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

function value(text: string): string {
  return VALUE.repeat(text.length);
}
