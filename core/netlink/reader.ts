import { NetlinkDecodeError } from "./decode_error.ts";
import { Memory } from "./memory.ts";

const DECODER = new TextDecoder();

/** A part of a datagram that holds attributes. */
export interface AttributeRange {
  /** Where the datagram is. */
  readonly memory: Memory;
  /** Where the part starts. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/**
 * Walks the attributes of a message or of a nested attribute.
 *
 * Sticky: after the first error {@linkcode next} ends the walk and every getter gives zero, so that a loop needs one
 * look at the end, at {@linkcode finish}. Getters demand the exact length of their type and never read outside.
 */
export class AttributeReader {
  #memory: Memory;
  #view: DataView;
  #end: number;
  #position: number;
  #start = 0;
  #length = 0;
  #type = 0;
  #error: NetlinkDecodeError | undefined;

  /**
   * Starts before the first attribute.
   *
   * @param bytes The attributes, and nothing else.
   */
  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#memory = new Memory(bytes.buffer);
    this.#view = this.#memory.view;
    this.#position = bytes.byteOffset;
    this.#end = bytes.byteOffset + bytes.length;
  }

  /**
   * Starts over, before the first attribute of something else.
   *
   * @param range Where the attributes are.
   * @param skipped Bytes at its start that are none.
   */
  restart({ memory, start, end }: AttributeRange, skipped: number): this {
    this.#memory = memory;
    this.#view = memory.view;
    this.#position = start + skipped;
    this.#end = end;
    this.#error = undefined;
    return this;
  }

  /** What is read. */
  get memory(): Memory {
    return this.#memory;
  }

  /** Where the next attribute starts. */
  get position(): number {
    return this.#position;
  }

  /** Where the value of the attribute starts that the reader is at. */
  get start(): number {
    return this.#start;
  }

  /** Bytes that are still to be read; 0 after an error. */
  get left(): number {
    return this.#error === undefined ? this.#end - this.#position : 0;
  }

  /** Whether something was wrong on the binding: what {@linkcode finish} then throws. */
  get failed(): boolean {
    return this.#error !== undefined;
  }

  /** Goes before the attribute that starts at a position. */
  moveTo(position: number): void {
    this.#position = position;
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

  /** As {@linkcode u32pair}, into an array that is there already. */
  u32pairInto(pair: [number, number], name: string): void {
    const there = this.#exactly(8, name);
    pair[0] = there ? this.#view.getUint32(this.#start, true) : 0;
    pair[1] = there ? this.#view.getUint32(this.#start + 4, true) : 0;
  }

  /** Text up to its first NUL. */
  string(name: string): string {
    if (this.#error !== undefined) return "";
    const end = this.#start + this.#length;
    let text = "";
    for (let position = this.#start; position < end; position++) {
      const byte = this.#view.getUint8(position);
      if (byte === 0) return text;
      // What the kernel sends is a short name: a call of the decoder costs more than its characters.
      if (byte >= 0x80) return this.#encodedString(name);
      text += String.fromCharCode(byte);
    }
    this.#fail(`${name} has no terminating NUL`);
    return "";
  }

  #encodedString(name: string): string {
    const raw = this.nested();
    const end = raw.indexOf(0);
    if (end >= 0) return DECODER.decode(raw.subarray(0, end));
    this.#fail(`${name} has no terminating NUL`);
    return "";
  }

  /** Exactly so many bytes. */
  binary(name: string, length: number): Uint8Array {
    return this.#exactly(length, name) ? this.nested() : new Uint8Array(length);
  }

  /** As {@linkcode binary}, into bytes that are there already. */
  binaryInto(bytes: Uint8Array, name: string): void {
    const there = this.#exactly(bytes.length, name);
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = there ? this.#memory.bytes[this.#start + index] ?? 0 : 0;
    }
  }

  /** What the attribute holds, as it is: the attributes of a nested one. */
  nested(): Uint8Array {
    if (this.#error !== undefined) return new Uint8Array();
    return this.#memory.bytes.subarray(this.#start, this.#start + this.#length);
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
   * @throws {NetlinkDecodeError} If something was wrong on the binding.
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
