import { MessageCursor } from "../../core/netlink/message.ts";
import type { Message } from "../../core/netlink/mod.ts";

/** Copies of all messages of a datagram. */
export function readMessages(datagram: Uint8Array): Message[] {
  const cursor = new MessageCursor().reset(datagram);
  const messages: Message[] = [];
  while (cursor.next()) messages.push(cursor.copy());
  return messages;
}
