import assert from "node:assert/strict";
import type { MailNotification } from "../../../core/model/mod.ts";
import type { Delivery } from "../../../core/notify/mod.ts";
import { sendByMail } from "../../../core/notify/mail.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { closedPort, eventLoopTurns, serveTcp, untilClosed } from "../../support/loopback.ts";
import { event, mail, realSurroundings, tellings } from "../../support/notifications.ts";

/** A mail server in memory: what it was told, and what it takes. */
class MailServer {
  readonly heard: string[] = [];
  readonly mails: string[] = [];
  /** Replies by the first words of a command, where they are not the usual ones. */
  replies: Readonly<Record<string, string>> = {};

  /** Serves a connection until it is closed. */
  async serve(connection: Deno.TcpConn): Promise<void> {
    const encoder = new TextEncoder();
    const say = async (text: string): Promise<void> => void await connection.write(encoder.encode(`${text}\r\n`));
    const buffer = new Uint8Array(8192);
    let text = "";
    const until = async (end: string): Promise<string | undefined> => {
      while (!text.includes(end)) {
        const count = await connection.read(buffer);
        if (count === null) return undefined;
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
      const at = text.indexOf(end);
      const part = text.slice(0, at);
      text = text.slice(at + end.length);
      return part;
    };
    await say(this.replies["greeting"] ?? "220 mail.test ESMTP");
    for (;;) {
      const line = await until("\r\n");
      if (line === undefined) return;
      this.heard.push(line);
      const reply = Object.entries(this.replies).find(([start]) => line.startsWith(start))?.[1];
      if (line === "DATA" && reply === undefined) {
        await say("354 go on");
        const mail = await until("\r\n.\r\n");
        if (mail === undefined) return;
        this.mails.push(mail);
        await say(this.replies["mail"] ?? "250 2.0.0 queued as 1");
      } else if (line === "STARTTLS") {
        await say("220 go on");
        // It has promised too much: the lab's mail server keeps the promise.
        await connection.read(buffer);
        return;
      } else await say(reply ?? (line === "QUIT" ? "221 bye" : "250 ok"));
    }
  }
}

const { signal } = new AbortController();

async function send(
  notification: MailNotification,
  options: Parameters<typeof realSurroundings>[0] = {},
): Promise<Delivery> {
  using surroundings = realSurroundings(options);
  const all = tellings(event("server_down", { server: "10.0.0.1:80" }), event("quorum_down"));
  return await sendByMail({ notification, tellings: all, dropped: 0 }, surroundings, { signal });
}

function reason(delivery: Delivery): string {
  return delivery.ok ? `ok ${delivery.trouble ?? ""}`.trim() : `${delivery.left.length} left: ${delivery.reason}`;
}

Deno.test("mail: hands one mail over, and says goodbye", async () => {
  const mails = new MailServer();
  await using server = serveTcp((connection) => mails.serve(connection));
  const { port } = server.target;
  const to = ["a@example.org", "b@example.org"];
  assert.deepEqual(await send(mail({ host: "127.0.0.1", port, to })), { ok: true });
  await eventLoopTurns(10);
  assert.deepEqual(mails.heard, [
    "EHLO lb1.example",
    "MAIL FROM:<lvsctl@example.org>",
    "RCPT TO:<a@example.org>",
    "RCPT TO:<b@example.org>",
    "DATA",
    "QUIT",
  ]);
  assert.equal(mails.mails.length, 1);
  assert.match(
    mails.mails[0] ?? "",
    /^Date: [^]*\r\nSubject: \[lvsctl lb1\.example\] 1 x server down, 1 x quorum lost\r\n/,
  );
});

for (
  const [name, replies, said] of [
    ["a greeting that refuses", { greeting: "554 no" }, "2 left: 554 no to connection"],
    ["a sender that is refused for good", { "MAIL": "550 who?" }, "0 left: 550 who? to MAIL FROM"],
    ["a recipient that is refused for good", { "RCPT": "550 who?" }, "0 left: 550 who? to RCPT TO:<ops@example.org>"],
    ["greylisting", { "RCPT": "450 later" }, "2 left: 450 later to RCPT TO:<ops@example.org>"],
    ["no DATA for the time being", { "DATA": "451 disk" }, "2 left: 451 disk to DATA"],
    ["a mail that is refused for good", { "mail": "554 spam" }, "0 left: 554 spam to the mail"],
    ["a mail that is refused for now", { "mail": "452 full" }, "2 left: 452 full to the mail"],
    ["what is no reply", { "MAIL": "hello" }, '2 left: answer is no reply: "hello"'],
  ] as const
) {
  Deno.test(`mail: ${name} is told`, async () => {
    const mails = new MailServer();
    mails.replies = replies;
    await using server = serveTcp((connection) => mails.serve(connection));
    assert.equal(reason(await send(mail({ host: "127.0.0.1", port: server.target.port }))), said);
  });
}

Deno.test("mail: a recipient that is refused keeps it from nobody else, and is told", async () => {
  const mails = new MailServer();
  mails.replies = { "RCPT TO:<a@": "550 who?" };
  await using server = serveTcp((connection) => mails.serve(connection));
  const to = ["a@example.org", "b@example.org"];
  const delivery = await send(mail({ host: "127.0.0.1", port: server.target.port, to }));
  assert.equal(reason(delivery), "ok 550 who? to RCPT TO:<a@example.org>");
  assert.equal(mails.mails.length, 1);
});

Deno.test("mail: a server that knows HELO only will do", async () => {
  const mails = new MailServer();
  mails.replies = { "EHLO": "502 what?" };
  await using server = serveTcp((connection) => mails.serve(connection));
  assert.deepEqual(await send(mail({ host: "127.0.0.1", port: server.target.port })), { ok: true });
});

Deno.test("mail: an address that could end a command is not sent", async () => {
  for (const wrong of ["a b@example.org", "a@example.org>\r\nDATA", "", "\u00e4@example.org", "<a@example.org>"]) {
    const delivery = await send(mail({ host: "127.0.0.1", port: 1, to: [wrong] }));
    assert.equal(reason(delivery), `0 left: "${wrong}" cannot be an address in SMTP`);
  }
});

Deno.test("mail: TLS that is offered is begun, and done without if it does not come about", async () => {
  const mails = new MailServer();
  mails.replies = { "EHLO": "250-mail.test\r\n250 STARTTLS" };
  await using server = serveTcp((connection) => mails.serve(connection));
  assert.deepEqual(await send(mail({ host: "127.0.0.1", port: server.target.port })), { ok: true });
  assert.deepEqual(mails.heard.slice(0, 4), [
    "EHLO lb1.example",
    "STARTTLS",
    "EHLO lb1.example",
    "MAIL FROM:<lvsctl@example.org>",
  ]);
  assert.deepEqual([server.accepted, mails.mails.length], [2, 1]);
});

Deno.test("mail: the next address is tried where nobody listens at the first, and names without one are told", async () => {
  const mails = new MailServer();
  await using server = serveTcp((connection) => mails.serve(connection), { hostname: "::1" });
  const addresses = { "mail.test": ["127.0.0.1", "::1"] };
  assert.deepEqual(await send(mail({ host: "mail.test", port: server.target.port }), { addresses }), { ok: true });
  assert.equal(
    reason(await send(mail({ host: "nobody.test" }))),
    "2 left: nobody.test: Name or service not known (EAI_NONAME)",
  );
  assert.equal(
    reason(await send(mail({ host: "127.0.0.1", port: closedPort().port }))),
    "2 left: connection refused (ECONNREFUSED)",
  );
});

Deno.test("mail: a server that says nothing is left at the deadline", async () => {
  await using server = serveTcp(untilClosed);
  const clock = new FakeClock();
  const pending = send(mail({ host: "127.0.0.1", port: server.target.port, timeoutMs: 3000 }), { clock });
  await eventLoopTurns(20);
  await clock.advance(3000);
  assert.equal(reason(await pending), "2 left: no greeting within 3s");
  assert.equal(clock.pending, 0);
});
