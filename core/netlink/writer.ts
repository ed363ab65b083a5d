import type { AttributeSpec, AttributeTable, AttributeValues } from "./attribute_table.ts";

const ENCODER = new TextEncoder();

/** Length of an attribute's header (struct nlattr). */
const HEADER_LENGTH = 4;

/** Marks an attribute that holds attributes (NLA_F_NESTED). */
const NLA_F_NESTED = 0x8000;

/**
 * Writes netlink messages and attributes into one growing buffer, in host byte order (little-endian on every machine
 * that lvsctl supports), padded to four bytes as netlink requires.
 */
export class MessageWriter {
  #bytes = new Uint8Array(1 << 12);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** The last result of {@linkcode MessageWriter.bytes}. */
  #written = new Uint8Array();

  /** Number of bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** The bytes written so far; valid until the next write. */
  bytes(): Uint8Array {
    // Most requests of a table have the same length, and a view costs more than the comparison.
    if (this.#written.length !== this.#length || this.#written.buffer !== this.#bytes.buffer) {
      this.#written = this.#bytes.subarray(0, this.#length);
    }
    return this.#written;
  }

  /** Empties the buffer. */
  reset(): void {
    this.#length = 0;
  }

  /** Starts a message (struct nlmsghdr) and returns the position to end it with; the family's own header follows. */
  beginMessage(header: MessageHeader): number {
    const start = this.#reserve(16);
    const view = this.#view;
    view.setUint16(start + 4, header.type, true);
    view.setUint16(start + 6, header.flags, true);
    view.setUint32(start + 8, header.sequence, true);
    view.setUint32(start + 12, 0, true);
    return start;
  }

  /** Changes the type of a started message. */
  setType(start: number, type: number): void {
    this.#view.setUint16(start + 4, type, true);
  }

  /** Sets the command of a started generic message, which is known after its attributes were written. */
  setCommand(start: number, command: number): void {
    this.#view.setUint8(start + 16, command);
  }

  /** Ends the message at a position: writes its length. */
  endMessage(start: number): void {
    this.#view.setUint32(start, this.#length - start, true);
  }

  /** Starts a nested attribute and returns the position to end it with. */
  beginNested(type: number): number {
    const start = this.#reserve(HEADER_LENGTH);
    this.#view.setUint16(start + 2, type | NLA_F_NESTED, true);
    return start;
  }

  /** Ends the nested attribute at a position: writes its length. */
  endNested(start: number): void {
    this.#view.setUint16(start, this.#length - start, true);
  }

  /** The present values of a table's attributes, in the table's order. */
  attributes<T extends AttributeTable>(table: T, values: AttributeValues<T>): void {
    const { names, specs } = columnsOf(table);
    for (let index = 0; index < names.length; index++) {
      const value: unknown = values[names[index] ?? ""];
      const spec = specs[index];
      if (value !== undefined && spec !== undefined) writeValue(this, spec, value);
    }
  }

  /** An 8-bit number. */
  u8(type: number, value: number): void {
    const at = this.#attribute(type, 1);
    this.#view.setUint8(at, value);
  }

  /** A 16-bit number, host byte order. */
  u16(type: number, value: number): void {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, true);
  }

  /** A 16-bit number, network byte order. */
  be16(type: number, value: number): void {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, false);
  }

  /** A 32-bit number, host byte order. */
  u32(type: number, value: number): void {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value, true);
  }

  /** A 32-bit number, network byte order. */
  be32(type: number, value: number): void {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value, false);
  }

  /** A 64-bit number, host byte order. */
  u64(type: number, value: bigint): void {
    const at = this.#attribute(type, 8);
    this.#view.setBigUint64(at, value, true);
  }

  /** Two successive 32-bit numbers, host byte order (struct ip_vs_flags). */
  u32pair(type: number, values: readonly [number, number]): void {
    const at = this.#attribute(type, 8);
    this.#view.setUint32(at, values[0], true);
    this.#view.setUint32(at + 4, values[1], true);
  }

  /** Text with its terminating NUL. */
  string(type: number, value: string): void {
    const text = ENCODER.encode(value);
    const at = this.#attribute(type, text.length + 1);
    this.#bytes.set(text, at);
    this.#bytes[at + text.length] = 0;
  }

  /** Bytes, padded with zeros to `length`. */
  binary(type: number, value: Uint8Array, length: number = value.length): void {
    const at = this.#attribute(type, length);
    this.#bytes.set(value, at);
    this.#bytes.fill(0, at + value.length, at + length);
  }

  /** An IPv4 address by its value, padded with zeros to `length`. */
  ipv4(type: number, value: number, length: number): void {
    const at = this.#attribute(type, length);
    this.#view.setUint32(at, value, false);
    this.#bytes.fill(0, at + 4, at + length);
  }

  /** Encoded bytes: a family's header, or attributes that many messages share. */
  append(encoded: Uint8Array): void {
    const at = this.#reserve(encoded.length);
    this.#bytes.set(encoded, at);
  }

  /** Starts an attribute; may replace the buffer, so take `#view` and `#bytes` afterwards. */
  #attribute(type: number, length: number): number {
    const start = this.#reserve(HEADER_LENGTH + ((length + 3) & ~3));
    this.#view.setUint16(start, HEADER_LENGTH + length, true);
    this.#view.setUint16(start + 2, type, true);
    // The padding is sent to the kernel, and must not contain bytes of an earlier message.
    this.#bytes.fill(0, start + HEADER_LENGTH + length, this.#length);
    return start + HEADER_LENGTH;
  }

  #reserve(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }
}

/** A table's names and specifications, in its order. */
interface Columns {
  readonly names: readonly string[];
  readonly specs: readonly AttributeSpec[];
}

/** Columns of tables that were used. Each message of a large batch needs them, and a `for in` takes a multiple of it. */
const COLUMNS = new WeakMap<AttributeTable, Columns>();

function columnsOf(table: AttributeTable): Columns {
  let columns = COLUMNS.get(table);
  if (columns === undefined) {
    columns = { names: Object.keys(table), specs: Object.values(table) };
    COLUMNS.set(table, columns);
  }
  return columns;
}

function writeValue(writer: MessageWriter, { type, kind, length }: AttributeSpec, value: unknown): void {
  if (typeof value === "number") {
    if (kind === "u8" || kind === "u16" || kind === "be16" || kind === "u32" || kind === "be32") {
      return writer[kind](type, value);
    }
  } else if (typeof value === "string") {
    if (kind === "string") return writer.string(type, value);
  } else if (typeof value === "bigint") {
    if (kind === "u64") return writer.u64(type, value);
  } else if (value instanceof Uint8Array) {
    if (kind === "binary") return writer.binary(type, value, length);
    if (kind === "nested") {
      const start = writer.beginNested(type);
      writer.append(value);
      return writer.endNested(start);
    }
  } else if (Array.isArray(value) && kind === "u32pair") {
    return writer.u32pair(type, [Number(value[0]), Number(value[1])]);
  }
  throw new TypeError(`Attribute ${type} is of kind ${kind}: got ${typeof value}`);
}

/** Header of a netlink message. */
export interface MessageHeader {
  /** Message type: of a generic message, its family's number. */
  readonly type: number;
  /** NLM_F_ flags. */
  readonly flags: number;
  /** Sequence number, which the answers repeat. */
  readonly sequence: number;
}
