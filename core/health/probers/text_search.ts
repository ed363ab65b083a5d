/** Searches for a text in bytes that arrive in pieces; it keeps no more of them than the text's length. */
export class TextSearch {
  readonly #wanted: Uint8Array;
  #tail: Uint8Array = new Uint8Array(0);

  /** Searches for the text in UTF-8. */
  constructor(text: string) {
    this.#wanted = new TextEncoder().encode(text);
  }

  /** Whether the text ends within this piece or is empty; the piece may be overwritten afterwards. */
  endsWithin(piece: Uint8Array): boolean {
    const wanted = this.#wanted;
    const [first] = wanted;
    if (first === undefined) return true;
    const bytes = new Uint8Array(this.#tail.length + piece.length);
    bytes.set(this.#tail);
    bytes.set(piece, this.#tail.length);
    const last = bytes.length - wanted.length;
    for (let at = bytes.indexOf(first); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
      if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
    }
    this.#tail = bytes.slice(Math.max(0, last + 1));
    return false;
  }
}
