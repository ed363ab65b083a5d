import type { CheckPath, NntpCheck, ServerId } from "../../model/mod.ts";
import { converse, describeReply, type ExchangeOptions, expectReply, type Outcome, readReply } from "../../net/mod.ts";

/** The `nntp` and `nntps` prober: greeting, and optionally STARTTLS, a login and a group. */
export function probeNntp(
  target: ServerId,
  check: NntpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse(
    { endpoint: target, binding: check, options, tls: check.type === "nntps" ? check.tls : undefined },
    async (session) => {
      let reply = await expectReply(session, { to: "connection", codes: [200, 201] });
      if (check.startTls) {
        await session.send("STARTTLS\r\n");
        await expectReply(session, { to: "STARTTLS", codes: [382] });
        await session.startTls(check.tls);
      }
      if (check.login !== undefined) {
        await session.send(`AUTHINFO USER ${check.login.user}\r\n`);
        reply = await expectReply(session, { to: "AUTHINFO USER", codes: [281, 381] });
        if (reply.code === 381) {
          await session.send(`AUTHINFO PASS ${check.login.password}\r\n`);
          reply = await expectReply(session, { to: "AUTHINFO PASS", codes: [281] });
        }
      }
      if (check.group !== undefined) {
        // A server for peers and readers needs this command; one for readers only may not know it.
        await session.send("MODE READER\r\n");
        session.awaited = "answer to MODE READER";
        await readReply(session);
        await session.send(`GROUP ${check.group}\r\n`);
        reply = await expectReply(session, { to: "GROUP", codes: [211] });
      }
      await session.send("QUIT\r\n");
      return { ok: true, detail: describeReply(reply) };
    },
  );
}
