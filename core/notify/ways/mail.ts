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
import { unlessAborted, withDeadline } from "../../time/mod.ts";
import { mailHostname, mailMessage } from "./mail_message.ts";
import type { Message } from "../message.ts";
import type { Delivery, Dispatch, SenderContext } from "../delivery.ts";

/**
 * TLS where a mail server offers it and nobody has asked for more: without looking at its certificate, for the mail
 * would otherwise go in the clear (opportunistic security, RFC 7435).
 */
const OPPORTUNISTIC_TLS: TlsSettings = { verify: false };

/** An address that is one as far as SMTP's commands are concerned: nothing in it ends it, or the line. */
const ADDRESS = /^[!-;=?-~]+$/;

/** A reply that says no for good. */
class RefusedError extends AnswerError {}

/** Takes a reply of 2xx, or of what else may be there; a reply of 5xx is one for good. */
async function expectSuccess(session: Session, to: string): Promise<Reply> {
  session.awaited = `answer to ${to}`;
  const reply = await readReply(session);
  if (reply.code < 400) return reply;
  const reason = `${describeReply(reply)} to ${to}`;
  throw reply.code < 500 ? new AnswerError(reason) : new RefusedError(reason);
}

/** A mail on its way. */
interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
  readonly helo: string;
}

/** How a mail is kept from others on its way to the server. */
interface Protection {
  readonly startTls: MailStartTls;
  readonly tls: TlsSettings;
}

/** What is found out about the way, beyond whether the mail was taken. */
interface Progress {
  /** Whether TLS was asked for and did not come about. */
  isTlsBroken: boolean;
  /** Whether the server refused for good. */
  isRefused: boolean;
  /** Recipients that were refused. */
  readonly refused: string[];
}

/** Names the recipients; goes on if one is taken. */
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
  // One that is refused for the time being keeps the mail from nobody else, and is not waited for.
  if (failures.length < mail.to.length) progress.refused.push(...failures.map(({ message }) => message));
  else throw failures.find((error) => !(error instanceof RefusedError)) ?? first;
}

/** Goes over to TLS as far as that is asked for and to be had. */
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

/** What a notification asks for; a certificate is to be for the name of the server, if it has one. */
function protectionOf({ startTls, tls, host }: MailNotification): Protection {
  if (startTls !== "required") return { startTls, tls: OPPORTUNISTIC_TLS };
  return {
    startTls,
    tls: tryParseIpAddress(host) !== undefined || tls.serverName !== undefined ? tls : { ...tls, serverName: host },
  };
}

/** Hands a mail to a server at one of its addresses. */
async function deliver(
  mail: Mail,
  options: {
    readonly address: IpAddress;
    readonly notification: MailNotification;
    readonly context: SenderContext;
    readonly left: readonly Message[];
    readonly signal: AbortSignal;
  },
): Promise<Delivery & { readonly isConnected?: boolean }> {
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
      // As mail servers among themselves do: lvsctl sends no password, and a mail that comes is worth more than a secret.
      protection = { ...protection, startTls: "off" };
      troubles.push(`it was sent in the clear: ${outcome.reason}`);
      continue;
    }
    const reason = outcome.ok === false ? outcome.reason : `no ${outcome.awaited} within ${formatDuration(timeoutMs)}`;
    return { ok: false, reason, left: progress.isRefused ? [] : left, isConnected };
  }
}

/** Hands one mail with all of the messages to the mail server. */
export async function sendByMail(
  dispatch: Dispatch<MailNotification>,
  context: SenderContext,
  { signal }: { readonly signal: AbortSignal },
): Promise<Delivery> {
  const { notification, messages: left } = dispatch;
  const { from, to, host, timeoutMs } = notification;
  const { clock, hosts, hostname } = context;
  const wrong = [from, ...to].find((address) => !ADDRESS.test(address));
  if (wrong !== undefined) return { ok: false, left: [], reason: `"${wrong}" cannot be an address in SMTP` };
  const message = mailMessage(dispatch, { ...context, from, to, id: crypto.randomUUID() });
  const mail = { from, to, message, helo: mailHostname(hostname) };
  return await withDeadline(timeoutMs, {
    signal,
    clock,
    run: async (deadline): Promise<Delivery> => {
      const found = await unlessAborted(hosts.find(host), deadline);
      if (found === undefined) return { ok: false, left, reason: `no address of ${host} in time` };
      if ("failure" in found) return { ok: false, left, reason: `${host}: ${found.failure}` };
      let last: Delivery = { ok: false, left, reason: `${host} has no address` };
      for (const address of found.addresses) {
        const delivery = await deliver(mail, { address, notification, context, left, signal: deadline });
        last = delivery;
        // Another address is tried only where nobody was there at this one.
        if (delivery.ok || delivery.isConnected === true || deadline.aborted) break;
      }
      return last;
    },
  });
}
