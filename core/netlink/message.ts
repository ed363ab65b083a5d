import { NetlinkDecodeError } from "./decode_error.ts";
import { Memory } from "./memory.ts";
import { AttributeReader } from "./reader.ts";

/** Flags of a message's header (linux/netlink.h). */
export const NLM_F_REQUEST = 0x1;
/** The message is part of several that end with NLMSG_DONE. */
export const NLM_F_MULTI = 0x2;
/** The kernel acknowledges success too. */
export const NLM_F_ACK = 0x4;
/** The table changed while it was dumped. */
export const NLM_F_DUMP_INTR = 0x10;
/** Refuse if the object exists already. */
export const NLM_F_EXCL = 0x200;
/** Create the object if it does not exist. */
export const NLM_F_CREATE = 0x400;
/** Return the whole table (NLM_F_ROOT | NLM_F_MATCH). */
export const NLM_F_DUMP = 0x300;

/** Type of an empty message. */
export const NLMSG_NOOP = 1;
/** Type of an error, or of an acknowledgement with errno 0. */
export const NLMSG_ERROR = 2;
/** Type of the last message of a dump. */
export const NLMSG_DONE = 3;

/** A message as received, within its datagram. */
export interface Message {
  /** Family number, or NLMSG_ERROR, NLMSG_DONE. */
  readonly type: number;
  /** NLM_F_ flags. */
  readonly flags: number;
  /** Sequence number of the answered request. */
  readonly sequence: number;
  /** Memory of the message, which may contain other datagrams. */
  readonly memory: Memory;
  /** Start of the message in the memory, after the netlink header. */
  readonly start: number;
  /** End of the message in the memory. */
  readonly end: number;
}

/**
 * Iterates over the messages of datagrams. The cursor itself is the current message: a table of ten thousand entries is
 * read without an object for each.
 */
export class MessageCursor implements Message {
  /** Type of the message; see {@linkcode Message.type}. */
  type = 0;
  /** Flags of the message; see {@linkcode Message.flags}. */
  flags = 0;
  /** Sequence number; see {@linkcode Message.sequence}. */
  sequence = 0;
  /** Memory of the message; see {@linkcode Message.memory}. */
  memory: Memory = new Memory(new ArrayBuffer());
  /** Start of the message; see {@linkcode Message.start}. */
  start = 0;
  /** End of the message in the memory. */
  end = 0;
  #position = 0;
  /** End of the datagram. */
  #limit = 0;

  /** Moves before the first message of a datagram. */
  reset(datagram: Uint8Array): this {
    if (this.memory.bytes.buffer !== datagram.buffer) this.memory = new Memory(datagram.buffer);
    this.#position = datagram.byteOffset;
    this.#limit = datagram.byteOffset + datagram.length;
    return this;
  }

  /**
   * Moves to the next message; false at the end.
   *
   * @throws {NetlinkDecodeError} If the message is cut off.
   */
  next(): boolean {
    const position = this.#position;
    const left = this.#limit - position;
    if (left <= 0) return false;
    const { view } = this.memory;
    const length = left < 16 ? 0 : view.getUint32(position, true);
    if (length < 16 || length > left) {
      throw new NetlinkDecodeError(`message length ${length} of ${left} remaining bytes`);
    }
    this.type = view.getUint16(position + 4, true);
    this.flags = view.getUint16(position + 6, true);
    this.sequence = view.getUint32(position + 8, true);
    this.start = position + 16;
    this.end = position + length;
    this.#position = position + ((length + 3) & ~3);
    return true;
  }

  /** A copy of the current message, with its own bytes. */
  copy(): Message {
    const { type, flags, sequence, start, end } = this;
    const bytes = this.memory.bytes.slice(start, end);
    return { type, flags, sequence, memory: new Memory(bytes.buffer), start: 0, end: bytes.length };
  }
}

/**
 * The errno of a NLMSG_ERROR or NLMSG_DONE message, as a positive number; 0 for success.
 *
 * @throws {NetlinkDecodeError} If the message is cut off.
 */
export function messageErrno({ type, memory: { view }, start, end }: Message): number {
  const length = end - start;
  // The end of a dump has a status since Linux 4.15 only.
  if (type === NLMSG_DONE && length < 4) return 0;
  if (length < 4) throw new NetlinkDecodeError(`error message of ${length} bytes`);
  return 0 - view.getInt32(start, true);
}

/**
 * The attributes of a generic-netlink message, after its own header (struct genlmsghdr).
 *
 * @param message The message.
 * @param reader The reader to restart and return, so that a dump needs only one.
 * @throws {NetlinkDecodeError} If the message is cut off.
 */
export function genericAttributes(message: Message, reader: AttributeReader = new AttributeReader()): AttributeReader {
  const length = message.end - message.start;
  if (length < 4) throw new NetlinkDecodeError(`generic message of ${length} bytes`);
  return reader.restart(message, 4);
}
