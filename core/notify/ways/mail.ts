import {
  AnswerError,
  converse,
  describeReply,
  expectReply,
  greetSmtp,
  offers,
  type Outcome,
  readReply,
  type Reply,
  type Session,
} from "../../net/mod.ts";
import {
  formatDuration,
  type IpAddress,
  type MailNotification,
  type MailStartTls,
  type TlsSettings,
  tryParseIpAddress,
} from "../../model/mod.ts";
import { runWithin, unlessAborted } from "../../time/mod.ts";
import { mailHostname, mailMessage } from "./mail_message.ts";
import type { Message } from "../message.ts";
import type { Delivery, Dispatch, SenderContext } from "../delivery.ts";

/**
 * TLS with a mail server that offers it, if the file does not require it: without verifying the certificate, because the
 * alternative is a mail in the clear (opportunistic security, RFC 7435).
 */
const OPPORTUNISTIC_TLS: TlsSettings = { verify: false };

/** An address that is safe in a command of SMTP: no character ends the address or the line. */
const ADDRESS = /^[!-;=?-~]+$/;

/** A permanent refusal. */
class RefusedError extends AnswerError {}

/** Reads a reply below 400; one of 5xx is a permanent refusal. */
async function expectSuccess(session: Session, to: string): Promise<Reply> {
  session.awaited = `answer to ${to}`;
  const reply = await readReply(session);
  if (reply.code < 400) return reply;
  const reason = `${describeReply(reply)} to ${to}`;
  throw reply.code < 500 ? new AnswerError(reason) : new RefusedError(reason);
}

/** A mail with its envelope. */
interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
  readonly helo: string;
}

/** The use of TLS. */
interface Protection {
  readonly startTls: MailStartTls;
  readonly tls: TlsSettings;
}

/** Details of an attempt to deliver a mail. */
interface Progress {
  /** Whether STARTTLS was sent, and TLS is not established. */
  isTlsBroken: boolean;
  /** Whether the server refused the mail permanently. */
  isRefused: boolean;
  /** Replies to refused recipients. */
  readonly refused: string[];
}

/** Sends the recipients; fails if the server refuses all of them. */
async function nameRecipients(
  session: Session,
  { mail, progress }: { readonly mail: Mail; readonly progress: Progress },
): Promise<void> {
  const failures: AnswerError[] = [];
  for (const address of mail.to) {
    await session.send(`RCPT TO:<${address}>\r\n`);
    try {
      await expectSuccess(session, `RCPT TO:<${address}>`);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  // A recipient that is refused for the moment must not delay the mail to the others.
  if (failures.length < mail.to.length) progress.refused.push(...failures.map(({ message }) => message));
  else throw failures.find((error) => !(error instanceof RefusedError)) ?? first;
}

/** Switches to TLS if the notification requires it, or the server offers it. */
async function secure(
  session: Session,
  options: { readonly mail: Mail; readonly progress: Progress; readonly protection: Protection },
): Promise<void> {
  const { mail, progress, protection: { startTls, tls } } = options;
  const hello = await greetSmtp(session, mail);
  if (startTls === "off") return;
  if (!offers(hello, "STARTTLS")) {
    if (startTls === "opportunistic") return;
    throw new AnswerError("server does not offer STARTTLS, and start_tls is required");
  }
  progress.isTlsBroken = true;
  await session.send("STARTTLS\r\n");
  await expectReply(session, { to: "STARTTLS", codes: [220] });
  await session.startTls(tls);
  progress.isTlsBroken = false;
  await greetSmtp(session, mail);
}

async function handOver(
  session: Session,
  options: { readonly mail: Mail; readonly progress: Progress; readonly protection: Protection },
): Promise<Outcome> {
  const { mail, progress } = options;
  await expectReply(session, { to: "connection", codes: [220] });
  await secure(session, options);
  try {
    await session.send(`MAIL FROM:<${mail.from}>\r\n`);
    await expectSuccess(session, "MAIL FROM");
    await nameRecipients(session, { mail, progress });
    await session.send("DATA\r\n");
    await expectSuccess(session, "DATA");
    await session.send(mail.message);
    const { code, lines } = await expectSuccess(session, "the mail");
    await session.send("QUIT\r\n").catch(() => {});
    return { ok: true, detail: describeReply({ code, lines }) };
  } catch (error) {
    progress.isRefused = error instanceof RefusedError;
    throw error;
  }
}

/** The notification's use of TLS; a required certificate is verified for the server's name, if it has one. */
function protectionOf({ startTls, tls, host }: MailNotification<string>): Protection {
  if (startTls !== "required") return { startTls, tls: OPPORTUNISTIC_TLS };
  return {
    startTls,
    tls: tryParseIpAddress(host) !== undefined || tls.serverName !== undefined ? tls : { ...tls, serverName: host },
  };
}

/** Delivers a mail to a server at one of its addresses. */
async function deliver(
  mail: Mail,
  options: {
    readonly address: IpAddress;
    readonly notification: MailNotification<string>;
    readonly context: SenderContext;
    readonly left: readonly Message[];
    readonly signal: AbortSignal;
  },
): Promise<Delivery & { readonly isConnected?: boolean | undefined }> {
  const { address, notification, context: { clock, network }, left, signal } = options;
  const { port, timeoutMs } = notification;
  let protection = protectionOf(notification);
  const troubles: string[] = [];
  for (;;) {
    const progress: Progress = { isTlsBroken: false, isRefused: false, refused: [] };
    let isConnected = false;
    const outcome = await converse(
      { endpoint: { address, port }, binding: {}, options: { signal, clock, network, timeoutMs } },
      (session) => {
        isConnected = true;
        return handOver(session, { mail, progress, protection });
      },
    );
    if (outcome.ok === true) {
      troubles.push(...progress.refused, ...(outcome.warning === undefined ? [] : [outcome.warning]));
      return troubles.length === 0 ? { ok: true } : { ok: true, trouble: troubles.join("; ") };
    }
    if (progress.isTlsBroken && outcome.ok === false && protection.startTls === "opportunistic") {
      // As between mail servers: lvsctl sends no password, and delivery matters more than secrecy.
      protection = { ...protection, startTls: "off" };
      troubles.push(`it was sent in the clear: ${outcome.reason}`);
      continue;
    }
    const reason = outcome.ok === false ? outcome.reason : `no ${outcome.awaited} within ${formatDuration(timeoutMs)}`;
    return { ok: false, reason, left: progress.isRefused ? [] : left, isConnected };
  }
}

/** Sends one mail with all messages. */
export async function sendByMail(
  dispatch: Dispatch<MailNotification<string>>,
  context: SenderContext,
  { signal }: { readonly signal: AbortSignal },
): Promise<Delivery> {
  const { notification, messages: left } = dispatch;
  const { from, to, host, timeoutMs } = notification;
  const { clock, hosts, hostname } = context;
  const invalid = [from, ...to].find((address) => !ADDRESS.test(address));
  if (invalid !== undefined) return { ok: false, left: [], reason: `"${invalid}" is not a valid address in SMTP` };
  const message = mailMessage(dispatch, { ...context, from, to, id: crypto.randomUUID() });
  const mail = { from, to, message, helo: mailHostname(hostname) };
  return await runWithin({ timeoutMs, signal, clock }, async (deadline): Promise<Delivery> => {
    const resolved = await unlessAborted(hosts.find(host), deadline);
    if (resolved === undefined) return { ok: false, left, reason: `no address of ${host} in time` };
    if ("failure" in resolved) return { ok: false, left, reason: `${host}: ${resolved.failure}` };
    let last: Delivery = { ok: false, left, reason: `${host} has no address` };
    for (const address of resolved.addresses) {
      const delivery = await deliver(mail, { address, notification, context, left, signal: deadline });
      last = delivery;
      // The next address is tried only if this one refused the connection or did not answer.
      if (delivery.ok || delivery.isConnected === true || deadline.aborted) break;
    }
    return last;
  });
}
