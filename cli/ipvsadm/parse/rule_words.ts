const BLANK = 32;
const TAB = 9;
const RETURN = 13;

/**
 * The words of a line of rules; the program's own name does not count, wherever it stands.
 *
 * @param text Many lines.
 * @param start Where the line begins.
 * @param end Where it ends.
 */
export function splitWords(text: string, start: number, end: number): string[] {
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
