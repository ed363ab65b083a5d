/**
 * One buffer as bytes, as numbers and as words. Datagrams come into the same buffer again and again, and making a view
 * for each takes longer than reading them.
 */
export class Memory {
  /** All bytes. */
  readonly bytes: Uint8Array;
  /** The numbers in it. */
  readonly view: DataView;
  #words: Int32Array | undefined;

  /** Looks at a whole buffer. */
  constructor(buffer: ArrayBufferLike) {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** All whole words of 32 bits, in host byte order: for comparing. */
  get words(): Int32Array {
    return this.#words ??= new Int32Array(this.bytes.buffer, 0, this.bytes.length >>> 2);
  }
}
