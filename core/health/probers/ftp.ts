import type { CheckPath, FtpCheck, ServerId } from "../../model/mod.ts";
import { converse, describeReply, type ExchangeOptions, expectReply, type Outcome } from "../../net/mod.ts";

/** The `ftp` and `ftps` prober: greeting, and optionally AUTH TLS, a login and the size of a file. */
export function probeFtp(
  target: ServerId,
  check: FtpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse(
    { endpoint: target, binding: check, options, tls: check.type === "ftps" ? check.tls : undefined },
    async (session) => {
      let reply = await expectReply(session, { to: "connection", codes: [220] });
      if (check.startTls) {
        await session.send("AUTH TLS\r\n");
        await expectReply(session, { to: "AUTH TLS", codes: [234] });
        await session.startTls(check.tls);
      }
      if (check.login !== undefined) {
        await session.send(`USER ${check.login.user}\r\n`);
        reply = await expectReply(session, { to: "USER", codes: [230, 331] });
        if (reply.code === 331) {
          await session.send(`PASS ${check.login.password}\r\n`);
          reply = await expectReply(session, { to: "PASS", codes: [230, 202] });
        }
      }
      if (check.file !== undefined) {
        // In text mode a size depends on line ends, and some servers refuse to compute it.
        await session.send("TYPE I\r\n");
        await expectReply(session, { to: "TYPE", codes: [200] });
        await session.send(`SIZE ${check.file}\r\n`);
        reply = await expectReply(session, { to: "SIZE", codes: [213] });
      }
      await session.send("QUIT\r\n");
      return { ok: true, detail: describeReply(reply) };
    },
  );
}
