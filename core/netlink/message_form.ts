import type { Message } from "./message.ts";
import type { MessageWriter } from "./writer.ts";

/**
 * The form of one netlink protocol's messages between netlink's header and their attributes: all that tells the
 * protocols apart.
 */
export interface MessageForm<Answer> {
  /** Starts a message and gives the position to end it with. */
  begin(writer: MessageWriter, header: { readonly flags: number; readonly sequence: number }): number;
  /** Names the command of the message that starts there. */
  name(writer: MessageWriter, start: number, command: number): void;
  /**
   * What a decoder is given of a message.
   *
   * @throws {NetlinkDecodeError} If the message is cut off.
   */
  answer(message: Message): Answer;
}
