/**
 * One buffer as bytes, as numbers and as words. Datagrams are received into the same buffer repeatedly, and to create a
 * view for each takes longer than to read them.
 */
export class Memory {
  /** All bytes. */
  readonly bytes: Uint8Array;
  /** View for numbers. */
  readonly view: DataView;
  #words: Int32Array | undefined;

  /** Covers a whole buffer. */
  constructor(buffer: ArrayBufferLike) {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** All whole words of 32 bits, in host byte order, for comparisons. */
  get words(): Int32Array {
    return this.#words ??= new Int32Array(this.bytes.buffer, 0, this.bytes.length >>> 2);
  }
}
