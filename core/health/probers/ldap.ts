import { type CheckPath, type LdapCheck, printable, type ServerId } from "../../model/mod.ts";
import { AnswerError, converse, type ExchangeOptions, type Outcome, type Session } from "../../net/mod.ts";
import { quoted } from "./text_expectation.ts";
import { type BerElement, decodeBer, encodeBer, encodeBerNumber, encodeBerText, readBerLength } from "./ber.ts";
import { textOf } from "./exchange.ts";

/** Tags of LDAP (RFC 4511). */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const ENUMERATED = 0x0a;
const BOOLEAN = 0x01;
const BIND_REQUEST = 0x60;
const BIND_RESPONSE = 0x61;
const UNBIND_REQUEST = 0x42;
const SEARCH_REQUEST = 0x63;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;
const EXTENDED_REQUEST = 0x77;
const EXTENDED_RESPONSE = 0x78;
const SIMPLE_PASSWORD = 0x80;
const REQUEST_NAME = 0x80;
const PRESENT_FILTER = 0x87;

const START_TLS = "1.3.6.1.4.1.1466.20037";

const RESULTS: Readonly<Record<number, string>> = {
  1: "operationsError",
  2: "protocolError",
  3: "timeLimitExceeded",
  7: "authMethodNotSupported",
  8: "strongerAuthRequired",
  13: "confidentialityRequired",
  32: "noSuchObject",
  34: "invalidDNSyntax",
  48: "inappropriateAuthentication",
  49: "invalidCredentials",
  50: "insufficientAccessRights",
  51: "busy",
  52: "unavailable",
  53: "unwillingToPerform",
};

/** A session of LDAP, whose messages have numbers. */
class LdapSession {
  readonly #session: Session;
  #id = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Sends a request with the next number. */
  async send(request: Uint8Array, name: string): Promise<void> {
    this.#id++;
    this.#session.awaited = `answer to ${name}`;
    await this.#session.sendBytes(encodeBer(SEQUENCE, encodeBerNumber(INTEGER, this.#id), request));
  }

  /** Reads the next answer to the last request. */
  async receive(): Promise<BerElement> {
    const [tag = 0, first = 0] = await this.#session.bytes(2);
    if (tag !== SEQUENCE) throw new AnswerError("answer is not LDAP");
    const length = await readBerLength(first, (count) => this.#session.bytes(count));
    const [id, answer] = await decodeBer((await this.#session.bytes(length)).slice());
    if (id?.tag !== INTEGER || answer === undefined) throw new AnswerError("answer is not LDAP");
    // Number 0 is a notice of disconnection (RFC 4511 4.4.1).
    if (id.value.length === 1 && id.value[0] === 0) throw new AnswerError("server ends the session");
    if (id.value.at(-1) !== this.#id) throw new AnswerError("answer is not to the request");
    return answer;
  }

  /** Reads an answer with the expected tag and a successful result. */
  async expect(tag: number, name: string): Promise<void> {
    await expectSuccess(await this.receive(), { tag, name });
  }
}

async function expectSuccess(
  answer: BerElement,
  options: { readonly tag: number; readonly name: string },
): Promise<void> {
  if (answer.tag !== options.tag) throw new AnswerError(`answer to ${options.name} is of another kind`);
  const [result, , message] = await decodeBer(answer.value);
  if (result?.tag !== ENUMERATED) throw new AnswerError("answer is not LDAP");
  const code = result.value.at(-1) ?? 0;
  if (code === 0) return;
  const text = printable(textOf(message?.value ?? new Uint8Array()));
  throw new AnswerError(`${RESULTS[code] ?? `result ${code}`} to ${options.name}${text === "" ? "" : `: ${text}`}`);
}

/** The number of entries at a name: 0 or 1. */
async function countEntries(ldap: LdapSession, base: string): Promise<number> {
  const request = encodeBer(
    SEARCH_REQUEST,
    encodeBerText(OCTET_STRING, base),
    encodeBerNumber(ENUMERATED, 0), // the entry itself
    encodeBerNumber(ENUMERATED, 0), // aliases as they are
    encodeBerNumber(INTEGER, 1),
    encodeBerNumber(INTEGER, 0),
    encodeBerNumber(BOOLEAN, 0),
    encodeBerText(PRESENT_FILTER, "objectClass"),
    encodeBer(SEQUENCE, encodeBerText(OCTET_STRING, "1.1")), // no attributes
  );
  await ldap.send(request, "search");
  for (let entries = 0;;) {
    const answer = await ldap.receive();
    if (answer.tag === SEARCH_ENTRY) entries++;
    else if (answer.tag !== SEARCH_REFERENCE) {
      await expectSuccess(answer, { tag: SEARCH_DONE, name: "search" });
      return entries;
    }
  }
}

/** The `ldap` and `ldaps` prober: a bind, and optionally StartTLS before it and a search for one entry after it. */
export function probeLdap(
  target: ServerId,
  check: LdapCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse(
    { endpoint: target, binding: check, options, tls: check.type === "ldaps" ? check.tls : undefined },
    async (session) => {
      const ldap = new LdapSession(session);
      if (check.startTls) {
        await ldap.send(encodeBer(EXTENDED_REQUEST, encodeBerText(REQUEST_NAME, START_TLS)), "StartTLS");
        await ldap.expect(EXTENDED_RESPONSE, "StartTLS");
        await session.startTls(check.tls);
      }
      const { user, password } = check.login ?? { user: "", password: "" };
      await ldap.send(
        encodeBer(
          BIND_REQUEST,
          encodeBerNumber(INTEGER, 3),
          encodeBerText(OCTET_STRING, user),
          encodeBerText(SIMPLE_PASSWORD, password),
        ),
        "bind",
      );
      await ldap.expect(BIND_RESPONSE, "bind");
      let detail = user === "" ? "anonymous bind" : "bound";
      if (check.base !== undefined) {
        const entries = await countEntries(ldap, check.base);
        if (entries !== 1) return { ok: false, reason: `${entries} entries for ${quoted(check.base)}, expected 1` };
        detail += ", entry found";
      }
      await ldap.send(encodeBer(UNBIND_REQUEST), "unbind");
      return { ok: true, detail };
    },
  );
}
