import { NetlinkDecodeError } from "./decode_error.ts";

const DECODER = new TextDecoder();

/** A part of a buffer that holds attributes. */
export interface AttributeRange {
  /** The buffer's view, shared: making one for each of many small parts takes longer than reading them. */
  readonly view: DataView;
  /** Where the first attribute starts. */
  readonly start: number;
  /** Where the last one ends. */
  readonly end: number;
}

/**
 * Walks the attributes of a message or of a nested attribute.
 *
 * Sticky: after the first error {@linkcode next} ends the walk and every getter gives zero, so that a loop needs one
 * look at the end, at {@linkcode finish}. Getters demand the exact length of their type and never read outside.
 */
export class AttributeReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #end: number;
  #position: number;
  #start = 0;
  #length = 0;
  #type = 0;
  #error: NetlinkDecodeError | undefined;

  /**
   * Starts before the first attribute.
   *
   * @param bytes What holds the attributes.
   * @param range Where they are in it; all of it by default.
   */
  constructor(bytes: Uint8Array, range?: AttributeRange) {
    this.#bytes = bytes;
    this.#view = range?.view ?? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = range?.start ?? 0;
    this.#end = range?.end ?? bytes.length;
  }

  /** Type of the attribute that the reader is at, without its flag bits. */
  get type(): number {
    return this.#type;
  }

  /** Goes to the next attribute; false at the end and after an error. */
  next(): boolean {
    if (this.#error !== undefined) return false;
    const left = this.#end - this.#position;
    if (left <= 0) return false;
    if (left < 4) return this.#fail(`${left} bytes left where an attribute should start`);
    const length = this.#view.getUint16(this.#position, true);
    if (length < 4 || length > left) {
      return this.#fail(`attribute length ${length} where ${left} bytes are left`);
    }
    this.#type = this.#view.getUint16(this.#position + 2, true) & 0x3fff;
    this.#start = this.#position + 4;
    this.#length = length - 4;
    this.#position += (length + 3) & ~3;
    return true;
  }

  /** An 8-bit number. */
  u8(name: string): number {
    return this.#exactly(1, name) ? this.#view.getUint8(this.#start) : 0;
  }

  /** A 16-bit number, host byte order. */
  u16(name: string): number {
    return this.#exactly(2, name) ? this.#view.getUint16(this.#start, true) : 0;
  }

  /** A 16-bit number, network byte order. */
  be16(name: string): number {
    return this.#exactly(2, name) ? this.#view.getUint16(this.#start, false) : 0;
  }

  /** A 32-bit number, host byte order. */
  u32(name: string): number {
    return this.#exactly(4, name) ? this.#view.getUint32(this.#start, true) : 0;
  }

  /** A 32-bit number, network byte order. */
  be32(name: string): number {
    return this.#exactly(4, name) ? this.#view.getUint32(this.#start, false) : 0;
  }

  /** A 64-bit number, host byte order. */
  u64(name: string): bigint {
    return this.#exactly(8, name) ? this.#view.getBigUint64(this.#start, true) : 0n;
  }

  /** Two 32-bit numbers in a row, host byte order. */
  u32pair(name: string): [number, number] {
    if (!this.#exactly(8, name)) return [0, 0];
    return [this.#view.getUint32(this.#start, true), this.#view.getUint32(this.#start + 4, true)];
  }

  /** Text up to its first NUL. */
  string(name: string): string {
    if (this.#error !== undefined) return "";
    const raw = this.#bytes.subarray(this.#start, this.#start + this.#length);
    const end = raw.indexOf(0);
    if (end < 0) {
      this.#fail(`${name} has no terminating NUL`);
      return "";
    }
    return DECODER.decode(raw.subarray(0, end));
  }

  /** Exactly so many bytes. */
  binary(name: string, length: number): Uint8Array {
    return this.#exactly(length, name) ? this.nested() : new Uint8Array(length);
  }

  /** What the attribute holds, as it is: the attributes of a nested one. */
  nested(): Uint8Array {
    if (this.#error !== undefined) return new Uint8Array();
    return this.#bytes.subarray(this.#start, this.#start + this.#length);
  }

  /**
   * Goes into the attribute that the reader is at: what it holds is all that is left to be read. Gives the reader, so
   * that it can be handed on; none is made.
   */
  enter(): this {
    this.#position = this.#start;
    this.#end = this.#error === undefined ? this.#start + this.#length : this.#start;
    return this;
  }

  /**
   * Ends the walk.
   *
   * @throws {NetlinkDecodeError} If something was wrong on the way.
   */
  finish(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #exactly(length: number, name: string): boolean {
    if (this.#error !== undefined) return false;
    if (this.#length === length) return true;
    return this.#fail(`${name} has ${this.#length} bytes, expected ${length}`);
  }

  #fail(reason: string): false {
    this.#error ??= new NetlinkDecodeError(reason);
    return false;
  }
}
