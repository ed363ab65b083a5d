import { NetlinkDecodeError } from "./decode_error.ts";
import { Memory } from "./memory.ts";

const DECODER = new TextDecoder();

/** A part of a datagram that holds attributes. */
export interface AttributeRange {
  /** Memory of the datagram. */
  readonly memory: Memory;
  /** Start of the part. */
  readonly start: number;
  /** End of the part. */
  readonly end: number;
}

/**
 * Iterates over the attributes of a message or of a nested attribute.
 *
 * Errors are sticky: after the first one {@linkcode next} ends the iteration and every getter returns zero, so that a
 * loop only needs {@linkcode finish} at its end. Getters require the exact length of their type and never read outside.
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
   * Creates a reader before the first attribute.
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
   * Moves before the first attribute of another part.
   *
   * @param range The part with the attributes.
   * @param headerBytes Length of the header before them.
   */
  restart({ memory, start, end }: AttributeRange, headerBytes: number): this {
    this.#memory = memory;
    this.#view = memory.view;
    this.#position = start + headerBytes;
    this.#end = end;
    this.#error = undefined;
    return this;
  }

  /** Memory that is read. */
  get memory(): Memory {
    return this.#memory;
  }

  /** Start of the next attribute. */
  get position(): number {
    return this.#position;
  }

  /** Start of the current attribute's value. */
  get start(): number {
    return this.#start;
  }

  /** Number of unread bytes; 0 after an error. */
  get left(): number {
    return this.#error === undefined ? this.#end - this.#position : 0;
  }

  /** Whether there was an error, which {@linkcode finish} throws. */
  get failed(): boolean {
    return this.#error !== undefined;
  }

  /** Moves before the attribute at a position. */
  moveTo(position: number): void {
    this.#position = position;
  }

  /** Type of the current attribute, without its flag bits. */
  get type(): number {
    return this.#type;
  }

  /** Moves to the next attribute; false at the end and after an error. */
  next(): boolean {
    if (this.#error !== undefined) return false;
    const left = this.#end - this.#position;
    if (left <= 0) return false;
    if (left < 4) return this.#fail(`${left} bytes at the end, too short for an attribute`);
    const length = this.#view.getUint16(this.#position, true);
    if (length < 4 || length > left) {
      return this.#fail(`attribute length ${length} of ${left} remaining bytes`);
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

  /** Two successive 32-bit numbers, host byte order. */
  u32pair(name: string): [number, number] {
    if (!this.#exactly(8, name)) return [0, 0];
    return [this.#view.getUint32(this.#start, true), this.#view.getUint32(this.#start + 4, true)];
  }

  /** As {@linkcode u32pair}, into an existing array. */
  u32pairInto(pair: [number, number], name: string): void {
    const isPresent = this.#exactly(8, name);
    pair[0] = isPresent ? this.#view.getUint32(this.#start, true) : 0;
    pair[1] = isPresent ? this.#view.getUint32(this.#start + 4, true) : 0;
  }

  /** Text up to its first NUL. */
  string(name: string): string {
    if (this.#error !== undefined) return "";
    const end = this.#start + this.#length;
    let text = "";
    for (let position = this.#start; position < end; position++) {
      const byte = this.#view.getUint8(position);
      if (byte === 0) return text;
      // The kernel sends short names: a call of the decoder costs more than their characters.
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

  /** Bytes of a fixed length. */
  binary(name: string, length: number): Uint8Array {
    return this.#exactly(length, name) ? this.nested() : new Uint8Array(length);
  }

  /** As {@linkcode binary}, into an existing array. */
  binaryInto(bytes: Uint8Array, name: string): void {
    const isPresent = this.#exactly(bytes.length, name);
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = isPresent ? this.#memory.bytes[this.#start + index] ?? 0 : 0;
    }
  }

  /** The bytes of the value: of a nested attribute, its attributes. */
  nested(): Uint8Array {
    if (this.#error !== undefined) return new Uint8Array();
    return this.#memory.bytes.subarray(this.#start, this.#start + this.#length);
  }

  /**
   * Moves into the current attribute, so that only its attributes remain to be read. Returns the reader itself, without
   * an allocation.
   */
  enter(): this {
    this.#position = this.#start;
    this.#end = this.#error === undefined ? this.#start + this.#length : this.#start;
    return this;
  }

  /**
   * Ends the iteration.
   *
   * @throws {NetlinkDecodeError} The first error, if there was one.
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
