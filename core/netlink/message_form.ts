import type { Message } from "./message.ts";
import type { MessageWriter } from "./writer.ts";

/**
 * The form of one netlink protocol's messages between netlink's header and their attributes: the only difference
 * between the protocols.
 */
export interface MessageForm<Answer> {
  /** Starts a message and returns the position to end it with. */
  begin(writer: MessageWriter, header: { readonly flags: number; readonly sequence: number }): number;
  /** Sets the command of the message at a position. */
  name(writer: MessageWriter, start: number, command: number): void;
  /**
   * The part of a message that its decoder receives.
   *
   * @throws {NetlinkDecodeError} If the message is cut off.
   */
  answer(message: Message): Answer;
}
