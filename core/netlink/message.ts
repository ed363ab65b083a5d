import { NetlinkDecodeError } from "./decode_error.ts";

/** Flags of a message's header (linux/netlink.h). */
export const NLM_F_REQUEST = 0x1;
/** The message is part of several that end with NLMSG_DONE. */
export const NLM_F_MULTI = 0x2;
/** An acknowledgement is wanted even where there is no error. */
export const NLM_F_ACK = 0x4;
/** The table changed while it was dumped. */
export const NLM_F_DUMP_INTR = 0x10;
/** Return the whole table (NLM_F_ROOT | NLM_F_MATCH). */
export const NLM_F_DUMP = 0x300;

/** Type of a message that asks for nothing. */
export const NLMSG_NOOP = 1;
/** Type of an error, or with errno 0 of an acknowledgement. */
export const NLMSG_ERROR = 2;
/** Type of the last message of a dump. */
export const NLMSG_DONE = 3;

/** A message as received; the bytes are views of the datagram. */
export interface Message {
  /** Family number, or NLMSG_ERROR, NLMSG_DONE. */
  readonly type: number;
  /** NLM_F_ flags. */
  readonly flags: number;
  /** Sequence number of the request that it answers. */
  readonly sequence: number;
  /** All behind the netlink header. */
  readonly body: Uint8Array;
}

/**
 * The messages of one datagram.
 *
 * @throws {NetlinkDecodeError} If it is cut off.
 */
export function* readMessages(datagram: Uint8Array): Generator<Message> {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  let position = 0;
  while (position < datagram.length) {
    const left = datagram.length - position;
    const length = left < 16 ? 0 : view.getUint32(position, true);
    if (length < 16 || length > left) {
      throw new NetlinkDecodeError(`message length ${length} where ${left} bytes are left`);
    }
    yield {
      type: view.getUint16(position + 4, true),
      flags: view.getUint16(position + 6, true),
      sequence: view.getUint32(position + 8, true),
      body: datagram.subarray(position + 16, position + length),
    };
    position += (length + 3) & ~3;
  }
}

/**
 * The errno of a NLMSG_ERROR or NLMSG_DONE message, as a positive number; 0 for success.
 *
 * @throws {NetlinkDecodeError} If the message is cut off.
 */
export function messageErrno(message: Message): number {
  const { body } = message;
  // The end of a dump has its status since Linux 4.15 only.
  if (message.type === NLMSG_DONE && body.length < 4) return 0;
  if (body.length < 4) throw new NetlinkDecodeError(`error message of ${body.length} bytes`);
  return 0 - new DataView(body.buffer, body.byteOffset, 4).getInt32(0, true);
}

/**
 * The attributes of a generic-netlink message, behind its own header (struct genlmsghdr).
 *
 * @throws {NetlinkDecodeError} If the message is cut off.
 */
export function genericAttributes(message: Message): Uint8Array {
  if (message.body.length < 4) throw new NetlinkDecodeError(`generic message of ${message.body.length} bytes`);
  return message.body.subarray(4);
}
