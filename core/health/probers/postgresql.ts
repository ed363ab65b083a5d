import { type CheckPath, type Login, type PostgresqlCheck, printable, type ServerId } from "../../model/mod.ts";
import { AnswerError, converse, type ExchangeOptions, type Outcome, type Session } from "../../net/mod.ts";
import { judgeText } from "./text_expectation.ts";
import { textOf } from "./exchange.ts";
import { hex, joined, md5 } from "./md5.ts";
import { ScramClient } from "./scram.ts";

const PROTOCOL_3 = 196608;
const SSL_REQUEST = 80877103;

/** Kinds of login that the server requests. */
const AUTHENTICATION_OK = 0;
const CLEARTEXT_PASSWORD = 3;
const MD5_PASSWORD = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/** Most messages that are skipped. */
const MAX_MESSAGES = 1000;

interface Message {
  readonly type: string;
  readonly body: Uint8Array;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);
}

function framed(type: string, body: Uint8Array): Uint8Array {
  return joined(encode(type), u32(body.length + 4), body);
}

function startup(user: string, database: string | undefined): Uint8Array {
  const pairs = [
    ["user", user],
    ["application_name", "lvsctl"],
    ...(database === undefined ? [] : [["database", database]]),
  ];
  const body = encode(`${pairs.map(([name, value]) => `${name}\0${value}\0`).join("")}\0`);
  return joined(u32(body.length + 8), u32(PROTOCOL_3), body);
}

async function receive(session: Session): Promise<Message> {
  const header = (await session.bytes(5)).slice();
  const [type = 0] = header;
  const length = new DataView(header.buffer).getUint32(1);
  // All types are letters or digits, which tells PostgreSQL from most other protocols.
  if (!/[A-Za-z0-9]/.test(String.fromCharCode(type)) || length < 4 || length > 1 << 24) {
    throw new AnswerError("answer is not PostgreSQL");
  }
  return { type: String.fromCharCode(type), body: (await session.bytes(length - 4)).slice() };
}

/** Fields of an error, by letter. */
function errorFields(body: Uint8Array): ReadonlyMap<string, string> {
  const fields = new TextDecoder().decode(body).split("\0").filter((field) => field !== "");
  return new Map(fields.map((field) => [field[0] ?? "", field.slice(1)]));
}

function errorOf(body: Uint8Array, to: string): AnswerError {
  const fields = errorFields(body);
  return new AnswerError(`error ${printable(fields.get("C") ?? "?", 5)} to ${to}: ${printable(fields.get("M") ?? "")}`);
}

/** Reads up to a message of one of the types; throws errors, and skips all others. */
async function expect(session: Session, options: { readonly types: string; readonly to: string }): Promise<Message> {
  for (let count = 0; count < MAX_MESSAGES; count++) {
    const message = await receive(session);
    if (message.type === "E") throw errorOf(message.body, options.to);
    if (options.types.includes(message.type)) return message;
  }
  throw new AnswerError(`no end of the answer to ${options.to}`);
}

async function logIn(session: Session, login: Login): Promise<void> {
  let scram: ScramClient | undefined;
  for (let turn = 0; turn < 8; turn++) {
    const { body } = await expect(session, { types: "R", to: "login" });
    if (body.length < 4) throw new AnswerError("answer is not PostgreSQL");
    const kind = new DataView(body.buffer).getUint32(0);
    const rest = body.subarray(4);
    if (kind === AUTHENTICATION_OK) return;
    if (kind === CLEARTEXT_PASSWORD) await session.sendBytes(framed("p", encode(`${login.password}\0`)));
    else if (kind === MD5_PASSWORD) {
      const inner = hex(md5(encode(login.password + login.user)));
      const proof = hex(md5(joined(encode(inner), rest.subarray(0, 4))));
      await session.sendBytes(framed("p", encode(`md5${proof}\0`)));
    } else if (kind === SASL && textOf(rest).split("\0").includes("SCRAM-SHA-256")) {
      scram = new ScramClient(login.password);
      const first = encode(scram.first);
      await session.sendBytes(framed("p", joined(encode("SCRAM-SHA-256\0"), u32(first.length), first)));
    } else if (kind === SASL_CONTINUE && scram !== undefined) {
      await session.sendBytes(framed("p", encode(await scram.second(textOf(rest)))));
    } else if (kind === SASL_FINAL && scram !== undefined) {
      if (!scram.isGenuine(textOf(rest))) throw new AnswerError("server does not know the password itself");
    } else throw new AnswerError(`server asks for the login of kind ${kind}, which lvsctl does not know`);
  }
  throw new AnswerError("server does not end the login");
}

/** Queries the first column of the first row; `undefined` if there is no row or it is NULL. */
async function ask(session: Session, query: string): Promise<string | undefined> {
  await session.sendBytes(framed("Q", encode(`${query}\0`)));
  const { type, body } = await expect(session, { types: "DCI", to: "query" });
  if (type !== "D" || body.length < 6) return undefined;
  const length = new DataView(body.buffer).getInt32(2);
  return length < 0 ? undefined : new TextDecoder().decode(body.subarray(6, 6 + length));
}

/** Probes without a login: a server that requests one, or refuses the user, works. */
async function greet(session: Session): Promise<Outcome> {
  await session.sendBytes(startup("lvsctl", undefined));
  const { type, body } = await receive(session);
  const kind = type === "R" && body.length >= 4 ? new DataView(body.buffer).getUint32(0) : Infinity;
  if (kind <= SASL_FINAL) return { ok: true, detail: "asks for a login" };
  if (type !== "E") throw new AnswerError("answer is not PostgreSQL");
  const code = errorFields(body).get("C") ?? "";
  // Class 28 is a refused login, so the server accepts connections.
  if (code.startsWith("28")) return { ok: true, detail: `refuses the login (${printable(code, 5)})` };
  throw errorOf(body, "connection");
}

async function talk(session: Session, check: PostgresqlCheck): Promise<Outcome> {
  if (check.startTls) {
    await session.sendBytes(joined(u32(8), u32(SSL_REQUEST)));
    const [answer] = await session.bytes(1);
    if (answer === "N".charCodeAt(0)) throw new AnswerError("server does not offer TLS");
    if (answer !== "S".charCodeAt(0)) throw new AnswerError("answer is not PostgreSQL");
    await session.startTls(check.tls);
  }
  const { login, database, query, expect: expected } = check;
  if (login === undefined) return await greet(session);
  session.awaited = "answer to login";
  await session.sendBytes(startup(login.user, database));
  await logIn(session, login);
  await expect(session, { types: "Z", to: "login" });
  let detail = "logged in";
  if (query !== undefined) {
    session.awaited = "answer to query";
    const value = await ask(session, query);
    const reason = expected === undefined
      ? undefined
      : value === undefined
      ? "query gave nothing"
      : judgeText(expected, { text: value, what: "answer to the query" });
    if (reason !== undefined) return { ok: false, reason };
    detail += `, query gave ${value === undefined ? "nothing" : `"${printable(value, 40)}"`}`;
  }
  await session.sendBytes(framed("X", new Uint8Array()));
  return { ok: true, detail };
}

/** The `postgresql` prober: the server accepts connections, and optionally a login and a query. */
export function probePostgresql(
  target: ServerId,
  check: PostgresqlCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse({ endpoint: target, binding: check, options }, (session) => talk(session, check));
}
