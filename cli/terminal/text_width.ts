/** Printable ASCII, which most texts are: each character has one column. */
const ASCII = /^[ -~]*$/;

/** Marks that are drawn on the character before them, and joiners. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** Characters of two columns (Unicode's East Asian Width W and F), as first and last code points. */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f000, 0x1faff],
  [0x20000, 0x3fffd],
];

/** Emoji among the older symbols, such as the check mark button; terminals draw them in two columns. */
const EMOJI = /^\p{Emoji_Presentation}$/u;

/** Stands for what was cut off; ASCII, because every terminal shows it in two columns. */
const ELLIPSIS = "..";

/** The width of one line of text on a terminal; columns. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (NO_COLUMN.test(character)) return 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) || EMOJI.test(character) ? 2 : 1;
}

/** The text with blanks after it, or before it, to this width. */
export function padText(text: string, options: { readonly width: number; readonly align: "left" | "right" }): string {
  const blanks = " ".repeat(Math.max(0, options.width - textWidth(text)));
  return options.align === "right" ? blanks + text : text + blanks;
}

/** The text without its end if it is wider than this. */
export function cutEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width <= ELLIPSIS.length ? beginning(text, width) : beginning(text, width - ELLIPSIS.length) + ELLIPSIS;
}

/** The text without its middle if it is wider than this: beginning and end tell names apart. */
export function cutMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const rest = width - ELLIPSIS.length;
  if (rest < 2) return beginning(text, width);
  const tail = Math.floor(rest / 2);
  return beginning(text, rest - tail) + ELLIPSIS + end(text, tail);
}

/** As much of the beginning as has room. */
function beginning(text: string, width: number): string {
  if (ASCII.test(text)) return text.slice(0, width);
  let taken = "";
  let left = width;
  for (const character of text) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

/** As much of the end as has room. */
function end(text: string, width: number): string {
  if (ASCII.test(text)) return width === 0 ? "" : text.slice(-width);
  let taken = "";
  let left = width;
  for (const character of [...text].reverse()) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken = character + taken;
  }
  return taken;
}

/**
 * The text in lines that are no wider than this, cut between words where that is possible.
 *
 * @param options.indent Blanks before the lines after the first.
 */
export function wrapText(text: string, options: { readonly width: number; readonly indent: number }): string[] {
  // Each line has room for one wide character.
  const width = Math.max(2, options.width);
  const indent = " ".repeat(Math.min(options.indent, Math.floor(width / 2), width - 2));
  const lines: string[] = [];
  let rest = text;
  for (let room = width; textWidth(rest) > room; room = width - indent.length) {
    const fits = beginning(rest, room);
    const blank = rest[fits.length] === " " ? fits.length : fits.lastIndexOf(" ");
    const cut = /\S/.test(fits.slice(0, Math.max(0, blank))) ? blank : fits.length;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  lines.push(rest);
  return lines.map((line, index) => index === 0 ? line : indent + line);
}
