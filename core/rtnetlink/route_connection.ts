import {
  AttributeReader,
  type Message,
  type MessageForm,
  NetlinkConnection,
  NetlinkDecodeError,
  type Transport,
} from "../netlink/mod.ts";

/**
 * Routing netlink: the message type is the command, and a structure follows that differs for each kind of object; the
 * request's encoder appends it.
 */
const ROUTE_FORM: MessageForm<Message> = {
  begin: (writer, { flags, sequence }) => writer.beginMessage({ type: 0, flags, sequence }),
  name: (writer, start, command) => writer.setType(start, command),
  answer: (message) => message,
};

/** Requests, dumps and batches of routing netlink, whose answers are whole messages. */
export class RouteConnection extends NetlinkConnection<Message> {
  /**
   * Wraps a transport; the connection closes it.
   *
   * @param transport The socket.
   */
  constructor(transport: Transport) {
    super(transport, { form: ROUTE_FORM });
  }
}

/**
 * The attributes of a message, after its structure.
 *
 * @param headerBytes Length of the structure.
 * @throws {NetlinkDecodeError} If the message is shorter than the structure.
 */
export function attributesAfter(message: Message, headerBytes: number): AttributeReader {
  const { start, end } = message;
  if (end - start < headerBytes) throw new NetlinkDecodeError(`routing message of ${end - start} bytes`);
  return new AttributeReader().restart(message, headerBytes);
}
