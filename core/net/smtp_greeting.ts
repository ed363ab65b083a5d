import { AnswerError } from "./answer_reader.ts";
import type { Session } from "./session.ts";
import { describeReply, expectReply, readReply, type Reply } from "./reply.ts";

/**
 * Greets a mail server with EHLO, or with HELO if the server does not know EHLO (RFC 5321 4.1.1.1).
 *
 * @param session The session, after the server's own greeting.
 * @param options.helo The client's name.
 * @returns The reply, which lists the server's extensions.
 * @throws {AnswerError} If the server refuses.
 */
export async function greetSmtp(session: Session, { helo }: { readonly helo: string }): Promise<Reply> {
  await session.send(`EHLO ${helo}\r\n`);
  session.awaited = "answer to EHLO";
  const reply = await readReply(session);
  if (reply.code === 250) return reply;
  if (reply.code !== 500 && reply.code !== 502) throw new AnswerError(`${describeReply(reply)} to EHLO`);
  await session.send(`HELO ${helo}\r\n`);
  return await expectReply(session, { to: "HELO", codes: [250] });
}

/** Whether the reply to EHLO lists an extension. */
export function offers(reply: Reply, extension: string): boolean {
  return reply.lines.slice(1).some((line) => line.trim().toUpperCase().split(" ")[0] === extension);
}
