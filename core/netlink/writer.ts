const ENCODER = new TextEncoder();

/** Length of an attribute's header (struct nlattr). */
const HEADER_LENGTH = 4;

/** Marks an attribute that holds attributes (NLA_F_NESTED). */
const NLA_F_NESTED = 0x8000;

/**
 * Writes netlink messages and attributes into one growing buffer, in the machine's byte order (little-endian on
 * every machine that lvsctl runs on), padded to four bytes as netlink wants it.
 */
export class MessageWriter {
  #bytes = new Uint8Array(1 << 12);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written so far; valid until the next write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Starts over with an empty buffer. */
  reset(): void {
    this.#length = 0;
  }

  /** Starts a message (struct nlmsghdr) and gives the position to end it with; what its family has next is appended. */
  beginMessage(header: MessageHeader): number {
    const start = this.#reserve(16);
    const view = this.#view;
    view.setUint16(start + 4, header.type, true);
    view.setUint16(start + 6, header.flags, true);
    view.setUint32(start + 8, header.sequence, true);
    view.setUint32(start + 12, 0, true);
    return start;
  }

  /** Gives another type to a message that was begun. */
  setType(start: number, type: number): void {
    this.#view.setUint16(start + 4, type, true);
  }

  /** Names the command of a generic message that was begun: it is known once its attributes are written. */
  setCommand(start: number, command: number): void {
    this.#view.setUint8(start + 16, command);
  }

  /** Ends the message that starts there: writes its length. */
  endMessage(start: number): void {
    this.#view.setUint32(start, this.#length - start, true);
  }

  /** Starts a nested attribute and gives the position to end it with. */
  beginNested(type: number): number {
    const start = this.#reserve(HEADER_LENGTH);
    this.#view.setUint16(start + 2, type | NLA_F_NESTED, true);
    return start;
  }

  /** Ends the nested attribute that starts there: writes its length. */
  endNested(start: number): void {
    this.#view.setUint16(start, this.#length - start, true);
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

  /** Two 32-bit numbers in a row, host byte order (struct ip_vs_flags). */
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

  /** Bytes as they are, filled up with zeros to `length`. */
  binary(type: number, value: Uint8Array, length: number = value.length): void {
    const at = this.#attribute(type, length);
    this.#bytes.set(value, at);
    this.#bytes.fill(0, at + value.length, at + length);
  }

  /** Bytes as they are: a family's header, or attributes that many messages share and that were encoded once. */
  append(encoded: Uint8Array): void {
    const at = this.#reserve(encoded.length);
    this.#bytes.set(encoded, at);
  }

  /** Starts an attribute; may replace the buffer, so take `#view` and `#bytes` afterwards. */
  #attribute(type: number, length: number): number {
    const start = this.#reserve(HEADER_LENGTH + ((length + 3) & ~3));
    this.#view.setUint16(start, HEADER_LENGTH + length, true);
    this.#view.setUint16(start + 2, type, true);
    // The padding goes to the kernel: it must not show what an earlier message left in the buffer.
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

/** What every netlink message starts with. */
export interface MessageHeader {
  /** Message type: of a generic message, its family's number. */
  readonly type: number;
  /** NLM_F_ flags. */
  readonly flags: number;
  /** Sequence number, by which answers are told apart. */
  readonly sequence: number;
}
