import { NetlinkConnection } from "./connection.ts";
import { genericAttributes } from "./message.ts";
import type { MessageForm } from "./message_form.ts";
import { AttributeReader } from "./reader.ts";
import type { Transport } from "./transport.ts";

/** Requests, dumps and batches of one generic-netlink family, whose answers are attributes. */
export class GenericConnection extends NetlinkConnection<AttributeReader> {
  /**
   * Wraps a transport; the connection closes it.
   *
   * @param transport The socket.
   * @param options.family Number of the family, as resolved on this kernel.
   * @param options.version Version of the family.
   * @param options.sequence First sequence number.
   */
  constructor(
    transport: Transport,
    options: { readonly family: number; readonly version: number; readonly sequence?: number },
  ) {
    const { sequence = 1 } = options;
    super(transport, { form: genericForm(options), sequence });
  }
}

/** Generic netlink: the type is the family's number, and a header with the command follows (struct genlmsghdr). */
function genericForm(
  { family, version }: { readonly family: number; readonly version: number },
): MessageForm<AttributeReader> {
  const header = Uint8Array.of(0, version, 0, 0);
  const reader = new AttributeReader();
  return {
    begin: (writer, { flags, sequence }) => {
      const start = writer.beginMessage({ type: family, flags, sequence });
      writer.append(header);
      return start;
    },
    name: (writer, start, command) => writer.setCommand(start, command),
    answer: (message) => genericAttributes(message, reader),
  };
}
