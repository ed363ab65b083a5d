const BLANK = 32;
const TAB = 9;
const RETURN = 13;

/**
 * Splits a line of rules into words; the program's own name is skipped everywhere.
 *
 * @param text Many lines.
 * @param line The offsets of the line's first character, and of the character after its last.
 */
export function splitWords(text: string, line: { readonly start: number; readonly end: number }): string[] {
  const { start, end } = line;
  const words: string[] = [];
  for (let position = start; position < end;) {
    let stop = position;
    for (; stop < end; stop++) {
      const code = text.charCodeAt(stop);
      if (code === BLANK || code === TAB || code === RETURN) break;
    }
    if (stop > position) {
      const word = text.slice(position, stop);
      if (word !== "ipvsadm") words.push(word);
    }
    position = stop + 1;
  }
  return words;
}
