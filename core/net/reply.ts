import { AnswerError } from "./answer_reader.ts";
import { printable } from "../model/mod.ts";
import type { Session } from "./session.ts";

/** A reply of SMTP, FTP or NNTP. */
export interface Reply {
  /** Its code: 100 to 599. */
  readonly code: number;
  /** Its lines without the code. */
  readonly lines: readonly string[];
}

/**
 * Takes a reply: lines that begin with a code, all but the last with a dash behind it (RFC 5321 4.2.1, RFC 959 4.2).
 *
 * @throws {AnswerError} If what comes is none.
 */
export async function readReply(session: Session): Promise<Reply> {
  const first = await session.line();
  const [, code = "", mark = "", text = ""] = /^([1-5]\d\d)(?:([ -])(.*))?$/s.exec(first) ?? [];
  if (code === "") throw new AnswerError(`answer is no reply: "${printable(first, 40)}"`);
  const lines = [text];
  for (let isLast = mark !== "-"; !isLast;) {
    const line = await session.line();
    // FTP lets lines in between begin with anything.
    const isOwn = line.startsWith(code);
    isLast = isOwn && line[3] !== "-";
    lines.push(isOwn ? line.slice(4) : line);
  }
  return { code: Number(code), lines };
}

/**
 * Takes a reply that has to have one of the codes.
 *
 * @param session Where it comes from.
 * @param options.to What it is the reply to, for the message.
 * @param options.codes The codes.
 * @throws {AnswerError} If it has another.
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

/** A reply in one line. */
export function describeReply({ code, lines }: Reply): string {
  return `${code} ${printable(lines[0] ?? "")}`.trim();
}
