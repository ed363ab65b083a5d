import type { CheckPath, SmtpCheck } from "../../model/mod.ts";
import { AnswerError } from "../answer_reader.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "../prober.ts";
import { converse, type Session } from "../session.ts";
import { describeReply, expectReply, readReply, type Reply } from "./reply.ts";
import { plainCredentials } from "./sasl.ts";

/** Greets with EHLO, and with HELO where that is not known. */
async function greet(session: Session, { helo }: SmtpCheck): Promise<Reply> {
  await session.send(`EHLO ${helo}\r\n`);
  session.awaited = "answer to EHLO";
  const reply = await readReply(session);
  if (reply.code === 250) return reply;
  if (reply.code !== 500 && reply.code !== 502) throw new AnswerError(`${describeReply(reply)} to EHLO`);
  await session.send(`HELO ${helo}\r\n`);
  return await expectReply(session, { to: "HELO", codes: [250] });
}

function offers(reply: Reply, extension: string): boolean {
  return reply.lines.slice(1).some((line) => line.trim().toUpperCase().split(" ")[0] === extension);
}

/** The `smtp`, `smtps` and `submission` prober: greeting and EHLO, perhaps STARTTLS and a login. */
export const probeSmtp = (
  target: ProbeTarget,
  check: SmtpCheck & CheckPath,
  options: ProberOptions,
): Promise<ProbeOutcome> =>
  converse(
    { target, check, options, tls: check.type === "smtps" ? check.tls : undefined },
    async (session) => {
      await expectReply(session, { to: "connection", codes: [220] });
      let hello = await greet(session, check);
      if (check.startTls) {
        if (!offers(hello, "STARTTLS")) throw new AnswerError("server does not offer STARTTLS");
        await session.send("STARTTLS\r\n");
        await expectReply(session, { to: "STARTTLS", codes: [220] });
        await session.startTls(check.tls);
        hello = await greet(session, check);
      }
      if (check.login !== undefined) {
        if (!offers(hello, "AUTH")) throw new AnswerError("server does not offer AUTH");
        await session.send(`AUTH PLAIN ${plainCredentials(check.login)}\r\n`);
        await expectReply(session, { to: "AUTH", codes: [235] });
      }
      await session.send("QUIT\r\n");
      return { ok: true, detail: describeReply({ code: hello.code, lines: hello.lines.slice(0, 1) }) };
    },
  );
