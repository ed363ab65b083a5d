import { AnswerError } from "./answer_reader.ts";
import { printable } from "../model/mod.ts";
import type { Session } from "./session.ts";

/** A reply of SMTP, FTP or NNTP. */
export interface Reply {
  /** Code: 100 to 599. */
  readonly code: number;
  /** Lines without the code. */
  readonly lines: readonly string[];
}

/**
 * Reads a reply: lines that begin with a code, all but the last followed by a dash (RFC 5321 4.2.1, RFC 959 4.2).
 *
 * @throws {AnswerError} If the answer is not a reply.
 */
export async function readReply(session: Session): Promise<Reply> {
  const first = await session.line();
  const [, code = "", mark = "", text = ""] = /^([1-5]\d\d)(?:([ -])(.*))?$/s.exec(first) ?? [];
  if (code === "") throw new AnswerError(`answer is not a reply: "${printable(first, 40)}"`);
  const lines = [text];
  for (let isLast = mark !== "-"; !isLast;) {
    const line = await session.line();
    // In FTP, lines in between may begin with anything.
    const isOwn = line.startsWith(code);
    isLast = isOwn && line[3] !== "-";
    lines.push(isOwn ? line.slice(4) : line);
  }
  return { code: Number(code), lines };
}

/**
 * Reads a reply with one of the expected codes.
 *
 * @param session The session to read from.
 * @param options.to The command, for the message.
 * @param options.codes Expected codes.
 * @throws {AnswerError} If the code is another.
 */
export async function expectReply(
  session: Session,
  options: { readonly to: string; readonly codes: readonly number[] },
): Promise<Reply> {
  session.awaited = options.to === "connection" ? "greeting" : `answer to ${options.to}`;
  const reply = await readReply(session);
  if (options.codes.includes(reply.code)) return reply;
  throw new AnswerError(`${describeReply(reply)} to ${options.to}`);
}

/** A reply on one line. */
export function describeReply({ code, lines }: Reply): string {
  return `${code} ${printable(lines[0] ?? "")}`.trim();
}
