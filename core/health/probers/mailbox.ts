import { type CheckPath, type Login, type MailboxCheck, printable, type ServerId } from "../../model/mod.ts";
import { AnswerError, converse, type ExchangeOptions, type Outcome, type Session } from "../../net/mod.ts";

/** Reads the one line of an answer of POP3. */
async function expectOk(session: Session, to: string): Promise<string> {
  session.awaited = to === "connection" ? "greeting" : `answer to ${to}`;
  const line = await session.line();
  if (/^\+OK(?: |$)/.test(line)) return printable(line);
  throw new AnswerError(
    line.startsWith("-ERR") ? `${printable(line)} to ${to}` : `answer is not POP3: "${printable(line, 40)}"`,
  );
}

async function talkPop3(session: Session, check: MailboxCheck): Promise<Outcome> {
  let detail = await expectOk(session, "connection");
  if (check.startTls) {
    await session.send("STLS\r\n");
    await expectOk(session, "STLS");
    await session.startTls(check.tls);
  }
  if (check.login !== undefined) {
    await session.send(`USER ${check.login.user}\r\n`);
    await expectOk(session, "USER");
    await session.send(`PASS ${check.login.password}\r\n`);
    detail = await expectOk(session, "PASS");
  }
  await session.send("QUIT\r\n");
  return { ok: true, detail };
}

/** A quoted string of IMAP (RFC 3501 9). */
function imapQuoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** Reads lines up to the one with the tag, which must be OK. */
async function expectTagged(session: Session, options: { readonly tag: string; readonly to: string }): Promise<string> {
  const { tag, to } = options;
  session.awaited = `answer to ${to}`;
  for (;;) {
    const line = await session.line();
    if (line.startsWith(`${tag} OK`)) return printable(line.slice(tag.length + 1));
    if (line.startsWith(`${tag} `)) throw new AnswerError(`${printable(line.slice(tag.length + 1))} to ${to}`);
    if (line.startsWith("* BYE")) throw new AnswerError(`${printable(line)} to ${to}`);
  }
}

function imapLogin({ user, password }: Login): string {
  return `LOGIN ${imapQuoted(user)} ${imapQuoted(password)}`;
}

async function talkImap(session: Session, check: MailboxCheck): Promise<Outcome> {
  session.awaited = "greeting";
  const greeting = await session.line();
  if (!/^\* (?:OK|PREAUTH)\b/.test(greeting)) {
    throw new AnswerError(
      greeting.startsWith("* BYE") ? printable(greeting) : `answer is not IMAP: "${printable(greeting, 40)}"`,
    );
  }
  let detail = printable(greeting);
  if (check.startTls) {
    await session.send("s STARTTLS\r\n");
    await expectTagged(session, { tag: "s", to: "STARTTLS" });
    await session.startTls(check.tls);
  }
  if (check.login !== undefined) {
    await session.send(`l ${imapLogin(check.login)}\r\n`);
    detail = await expectTagged(session, { tag: "l", to: "LOGIN" });
  }
  await session.send("q LOGOUT\r\n");
  return { ok: true, detail };
}

/** The `pop3`, `pop3s`, `imap` and `imaps` prober: greeting, and optionally STARTTLS and a login. */
export function probeMailbox(
  target: ServerId,
  check: MailboxCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse(
    {
      endpoint: target,
      binding: check,
      options,
      tls: check.type === "pop3s" || check.type === "imaps" ? check.tls : undefined,
    },
    (session) => check.type === "pop3" || check.type === "pop3s" ? talkPop3(session, check) : talkImap(session, check),
  );
}
