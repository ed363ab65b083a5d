import assert from "node:assert/strict";
import type { MailNotification, ServerId } from "../../../../../core/model/mod.ts";
import { destinationKey } from "../../../../../core/notify/destination.ts";
import { sendByMail } from "../../../../../core/notify/ways/mail.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import {
  closedPort,
  eventLoopTurns,
  type LoopbackServer,
  serveTcp,
  untilClosed,
} from "../../../../support/loopback.ts";
import { event, mail, messages, realSurroundings } from "../../../../support/notifications.ts";
import { serveTls, tlsFile } from "../../../../support/tls.ts";
import type { Delivery } from "../../../../../core/notify/delivery.ts";

/** What a mail server in memory talks by. */
type Connection = Pick<Deno.TcpConn, "read" | "write">;

/** A mail server in memory: the commands that it received, and the mails that it accepts. */
class MailServer {
  readonly heard: string[] = [];
  readonly mails: string[] = [];
  /** Replies by the first words of a command, where they are not the usual ones. */
  replies: Readonly<Record<string, string>> = {};
  /** Where TLS ends that it has promised; without it, it has promised too much. */
  tls: ServerId | undefined;

  /** Serves a connection until it is closed, with a greeting first or in the middle of a conversation. */
  async serve(connection: Connection, options: { readonly greets?: boolean } = {}): Promise<void> {
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
    if (options.greets !== false) await say(this.replies["greeting"] ?? "220 mail.test ESMTP");
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
      } else if (line === "STARTTLS" && reply === undefined) {
        await say("220 go on");
        if (this.tls === undefined) await connection.read(buffer);
        else await join(connection, this.tls);
        return;
      } else await say(reply ?? (line === "QUIT" ? "221 bye" : "250 ok"));
    }
  }
}

/** Passes on what comes, both ways, until either side has closed. */
async function join(connection: Connection, { address, port }: ServerId): Promise<void> {
  using other = await Deno.connect({ hostname: address, port });
  const pass = async (from: Connection, to: Connection): Promise<void> => {
    const buffer = new Uint8Array(8192);
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return;
      await to.write(buffer.subarray(0, count));
    }
  };
  await Promise.race([pass(connection, other), pass(other, connection)].map((way) => way.catch(() => {})));
}

/** Gives a mail server TLS, and has it offered. */
function serveStartTls(mails: MailServer, options: Parameters<typeof serveTls>[1] = {}): LoopbackServer {
  const server = serveTls((connection) => {
    mails.heard.push("TLS");
    return mails.serve(connection, { greets: false });
  }, options);
  mails.tls = server.target;
  mails.replies = { "EHLO": "250-mail.test\r\n250 STARTTLS" };
  return server;
}

const { signal } = new AbortController();

async function send(
  notification: MailNotification,
  options: Parameters<typeof realSurroundings>[0] = {},
): Promise<Delivery> {
  await using context = realSurroundings(options);
  const all = messages(event("server_down", { server: "10.0.0.1:80" }), event("quorum_down"));
  return await sendByMail({ notification, messages: all, dropped: 0 }, context, { signal });
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
    ["what is no reply", { "MAIL": "hello" }, '2 left: answer is not a reply: "hello"'],
  ] as const
) {
  Deno.test(`mail: ${name} is reported`, async () => {
    const mails = new MailServer();
    mails.replies = replies;
    await using server = serveTcp((connection) => mails.serve(connection));
    assert.equal(reason(await send(mail({ host: "127.0.0.1", port: server.target.port }))), said);
  });
}

Deno.test("mail: a refused recipient does not prevent the mail to others, and is reported", async () => {
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
    assert.equal(reason(delivery), `0 left: "${wrong}" is not a valid address in SMTP`);
  }
});

const CA = tlsFile("ca.pem");
const [HELLO, FROM] = ["EHLO lb1.example", "MAIL FROM:<lvsctl@example.org>"];

Deno.test("mail: opportunistic TLS is begun where it is offered, whatever the certificate", async () => {
  for (const certificate of ["server", "expired", "wrong-name"] as const) {
    const mails = new MailServer();
    await using _tls = serveStartTls(mails, { certificate });
    await using server = serveTcp((connection) => mails.serve(connection));
    assert.deepEqual(await send(mail({ host: "127.0.0.1", port: server.target.port })), { ok: true });
    assert.deepEqual(mails.heard.slice(0, 5), [HELLO, "STARTTLS", "TLS", HELLO, FROM]);
    assert.deepEqual([server.accepted, mails.mails.length], [1, 1]);
  }
});

for (
  const [name, replies, why] of [
    [
      "does not come about",
      {},
      "closed the connection during the TLS handshake",
    ],
    ["is refused for now", { "STARTTLS": "454 no entropy" }, "454 no entropy to STARTTLS"],
    ["is refused for good", { "STARTTLS": "502 what?" }, "502 what? to STARTTLS"],
  ] as const
) {
  Deno.test(`mail: opportunistic TLS that ${name} is replaced by a mail in the clear, which is reported`, async () => {
    const mails = new MailServer();
    mails.replies = { "EHLO": "250-mail.test\r\n250 STARTTLS", ...replies };
    await using server = serveTcp((connection) => mails.serve(connection));
    const delivery = await send(mail({ host: "127.0.0.1", port: server.target.port }));
    assert.equal(reason(delivery), `ok it was sent in the clear: ${why}`);
    assert.deepEqual(mails.heard.slice(0, 4), [HELLO, "STARTTLS", HELLO, FROM]);
    assert.deepEqual([server.accepted, mails.mails.length], [2, 1]);
  });

  Deno.test(`mail: required TLS that ${name} keeps the mail from being sent, and for later`, async () => {
    const mails = new MailServer();
    mails.replies = { "EHLO": "250-mail.test\r\n250 STARTTLS", ...replies };
    await using server = serveTcp((connection) => mails.serve(connection));
    const notification = mail({ host: "127.0.0.1", port: server.target.port, startTls: "required" });
    assert.equal(reason(await send(notification)), `2 left: ${why}`);
    assert.deepEqual(mails.heard, [HELLO, "STARTTLS"]);
    assert.deepEqual([server.accepted, mails.mails.length], [1, 0]);
  });
}

Deno.test("mail: required TLS that is not offered keeps the mail from being sent, and for later", async () => {
  const mails = new MailServer();
  await using server = serveTcp((connection) => mails.serve(connection));
  const notification = mail({ host: "127.0.0.1", port: server.target.port, startTls: "required" });
  assert.equal(reason(await send(notification)), "2 left: server does not offer STARTTLS, and start_tls is required");
  assert.deepEqual([mails.heard, mails.mails], [[HELLO], []]);
});

for (
  const [what, host, certificate, tls, said] of [
    ["is for its address", "127.0.0.1", "server", { verify: true, ca: CA }, "ok"],
    ["is for its name", "server.example", "server", { verify: true, ca: CA }, "ok"],
    ["is for a name that is given", "mail.test", "server", { verify: true, ca: CA, serverName: "localhost" }, "ok"],
    ["is for another name", "mail.test", "server", { verify: true, ca: CA }, "hostname mismatch"],
    ["has expired", "127.0.0.1", "expired", { verify: true, ca: CA }, "certificate has expired"],
    ["is of an unknown authority", "127.0.0.1", "server", { verify: true }, "unable to get local issuer certificate"],
    ["is not looked at", "mail.test", "expired", { verify: false }, "ok"],
  ] as const
) {
  Deno.test(`mail: required TLS with a certificate that ${what}: ${said}`, async () => {
    const mails = new MailServer();
    await using _tls = serveStartTls(mails, { certificate });
    await using server = serveTcp((connection) => mails.serve(connection));
    const notification = mail({ host, port: server.target.port, startTls: "required", tls });
    const addresses = { "server.example": ["127.0.0.1"], "mail.test": ["127.0.0.1"] };
    const found = reason(await send(notification, { addresses }));
    if (said === "ok") assert.equal(found, "ok");
    else assert.match(found, new RegExp(`^2 left: certificate is not valid: ${said}`));
    assert.deepEqual([mails.mails.length, mails.heard.includes(FROM)], said === "ok" ? [1, true] : [0, false]);
  });
}

Deno.test("mail: a certificate that expires soon is reported if the file asks for it", async () => {
  const mails = new MailServer();
  await using _tls = serveStartTls(mails);
  await using server = serveTcp((connection) => mails.serve(connection));
  const tls = { verify: true, ca: CA, warnExpiryMs: 1000 * 365 * 86_400_000 };
  const delivery = await send(mail({ host: "127.0.0.1", port: server.target.port, startTls: "required", tls }));
  assert.match(reason(delivery), /^ok certificate expires in \d+d$/);
});

Deno.test("mail: TLS that is off is not begun where it is offered", async () => {
  const mails = new MailServer();
  await using tls = serveStartTls(mails);
  await using server = serveTcp((connection) => mails.serve(connection));
  const notification = mail({ host: "127.0.0.1", port: server.target.port, startTls: "off" });
  assert.deepEqual(await send(notification), { ok: true });
  assert.deepEqual(mails.heard.slice(0, 2), [HELLO, FROM]);
  assert.equal(tls.accepted, 0);
});

Deno.test("destinationKey() tells mails that need TLS from those that do not", () => {
  const keys = [
    mail(),
    mail({ repeatMs: 1000 }),
    mail({ startTls: "off" }),
    mail({ startTls: "required" }),
    mail({ startTls: "required", tls: { verify: false } }),
  ].map(destinationKey);
  assert.equal(keys[0], keys[1]);
  assert.equal(new Set(keys).size, 4);
});

Deno.test("mail: the next address is tried if no server listens at the first, and a name without one is reported", async () => {
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
