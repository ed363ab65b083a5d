import type { CheckPath, ServerId, SmtpCheck } from "../../model/mod.ts";
import {
  AnswerError,
  converse,
  describeReply,
  type ExchangeOptions,
  expectReply,
  greetSmtp,
  offers,
  type Outcome,
  plainCredentials,
} from "../../net/mod.ts";

/** The `smtp`, `smtps` and `submission` prober: greeting and EHLO, and optionally STARTTLS and a login. */
export function probeSmtp(
  target: ServerId,
  check: SmtpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse(
    { endpoint: target, binding: check, options, tls: check.type === "smtps" ? check.tls : undefined },
    async (session) => {
      await expectReply(session, { to: "connection", codes: [220] });
      let hello = await greetSmtp(session, check);
      if (check.startTls) {
        if (!offers(hello, "STARTTLS")) throw new AnswerError("server does not offer STARTTLS");
        await session.send("STARTTLS\r\n");
        await expectReply(session, { to: "STARTTLS", codes: [220] });
        await session.startTls(check.tls);
        hello = await greetSmtp(session, check);
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
}
