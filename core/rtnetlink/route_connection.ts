import {
  AttributeReader,
  type Message,
  type MessageForm,
  NetlinkConnection,
  NetlinkDecodeError,
  type Transport,
} from "../netlink/mod.ts";

/**
 * Routing netlink: the type is the command, and behind it is a structure of its own for each kind of object, which
 * whoever writes the request appends first.
 */
const ROUTE_FORM: MessageForm<Message> = {
  begin: (writer, { flags, sequence }) => writer.beginMessage({ type: 0, flags, sequence }),
  name: (writer, start, command) => writer.setType(start, command),
  answer: (message) => message,
};

/** Requests, dumps and batches of routing netlink; its answers are whole messages. */
export class RouteConnection extends NetlinkConnection<Message> {
  /**
   * Wraps a transport, and closes it when it is closed itself.
   *
   * @param transport The socket.
   */
  constructor(transport: Transport) {
    super(transport, { form: ROUTE_FORM });
  }
}

/**
 * The attributes of a message, behind a structure of so many bytes.
 *
 * @throws {NetlinkDecodeError} If the message is shorter than that.
 */
export function attributesBehind(message: Message, length: number): AttributeReader {
  const { start, end } = message;
  if (end - start < length) throw new NetlinkDecodeError(`routing message of ${end - start} bytes`);
  return new AttributeReader().restart(message, length);
}
