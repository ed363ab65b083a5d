import { type CheckPath, type Login, type MysqlCheck, printable, type ServerId } from "../../model/mod.ts";
import { AnswerError, converse, type ExchangeOptions, type Outcome, type Session } from "../../net/mod.ts";
import { judgeText } from "./text_expectation.ts";
import { textOf } from "./exchange.ts";
import { joined } from "./md5.ts";
import { cachingSha2Password, encryptedPassword, nativePassword } from "./mysql_password.ts";

/** Capabilities of a client. */
const CLIENT_CONNECT_WITH_DB = 0x8;
const CLIENT_PROTOCOL_41 = 0x200;
const CLIENT_SSL = 0x800;
const CLIENT_SECURE_CONNECTION = 0x8000;
const CLIENT_PLUGIN_AUTH = 0x80000;

/** First bytes of packets. */
const OK = 0x00;
const MORE_DATA = 0x01;
const EOF = 0xfe;
const ERROR = 0xff;

const PROTOCOL_10 = 10;
const UTF8MB4 = 45;
const MAX_PACKET_BYTES = 16 * 1024;
const COM_QUIT = 1;
const COM_QUERY = 3;

/** Answers to the first login of `caching_sha2_password`, and the request for the server's public key. */
const FAST_LOGIN_DONE = 3;
const FULL_LOGIN = 4;
const ASK_PUBLIC_KEY = 2;

interface Greeting {
  readonly version: string;
  readonly capabilities: number;
  readonly salt: Uint8Array;
  readonly plugin: string;
}

/** A session of MySQL, whose packets have lengths and numbers. */
class MysqlSession {
  readonly #session: Session;
  #sequence = 0;
  /** Whether the connection uses TLS. */
  isEncrypted = false;

  constructor(session: Session) {
    this.#session = session;
  }

  async receive(): Promise<Uint8Array> {
    const [low = 0, middle = 0, high = 0, sequence = 0] = await this.#session.bytes(4);
    this.#sequence = sequence + 1;
    return (await this.#session.bytes(low + middle * 256 + high * 65536)).slice();
  }

  async send(payload: Uint8Array, options: { readonly isNew?: boolean } = {}): Promise<void> {
    if (options.isNew === true) this.#sequence = 0;
    const { length } = payload;
    const header = Uint8Array.of(length & 255, (length >> 8) & 255, length >> 16, this.#sequence++ & 255);
    await this.#session.sendBytes(joined(header, payload));
  }
}

/** Reads a packet, and never beyond its end. */
class PacketReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new AnswerError("answer is cut short");
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  number(count: number): number {
    return this.take(count).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  /** Reads a number of variable length; `undefined` is SQL's NULL. */
  variableNumber(): number | undefined {
    const first = this.number(1);
    if (first === 0xfb) return undefined;
    if (first < 0xfb) return first;
    return this.number(first === 0xfc ? 2 : first === 0xfd ? 3 : 8);
  }

  /** Reads text up to a zero byte, or the end. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = textOf(this.#bytes.subarray(this.#at, end < 0 ? undefined : end));
    this.#at = end < 0 ? this.#bytes.length : end + 1;
    return text;
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

/** The error in a packet. */
function errorOf(packet: Uint8Array, to: string): AnswerError {
  const reader = new PacketReader(packet.subarray(1));
  const code = reader.number(2);
  const text = textOf(reader.rest()).replace(/^#...../, "");
  return new AnswerError(`error ${code} to ${to}: ${printable(text)}`);
}

function readGreeting(packet: Uint8Array): Greeting {
  if (packet[0] === ERROR) throw errorOf(packet, "connection");
  if (packet[0] !== PROTOCOL_10) throw new AnswerError("answer is not MySQL");
  const reader = new PacketReader(packet.subarray(1));
  const version = printable(reader.text(), 40);
  reader.take(4);
  const salt = reader.take(8);
  reader.take(1);
  const low = reader.number(2);
  reader.take(3);
  const capabilities = low + reader.number(2) * 65536;
  const saltLength = reader.number(1);
  reader.take(10);
  // A zero byte follows, which is not part of the salt.
  const more = reader.take(Math.max(13, saltLength - 8)).subarray(0, 12);
  return { version, capabilities, salt: joined(salt, more), plugin: reader.text() };
}

function head(capabilities: number): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, capabilities, true);
  view.setUint32(4, MAX_PACKET_BYTES, true);
  bytes[8] = UTF8MB4;
  return bytes;
}

async function proofFor(
  plugin: string,
  { login, salt }: { readonly login: Login; readonly salt: Uint8Array },
): Promise<Uint8Array> {
  const { password } = login;
  if (plugin === "mysql_native_password") return await nativePassword(password, salt);
  if (plugin === "caching_sha2_password") return await cachingSha2Password(password, salt);
  if (plugin === "mysql_clear_password") throw new AnswerError("server asks for the password in the clear");
  throw new AnswerError(`server asks for the login ${printable(plugin, 40)}, which lvsctl does not know`);
}

/** Logs in, up to the server's OK. */
async function logIn(
  mysql: MysqlSession,
  { greeting, check, login }: { readonly greeting: Greeting; readonly check: MysqlCheck; readonly login: Login },
): Promise<void> {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
  let { plugin, salt } = greeting;
  let proof = await proofFor(plugin, { login, salt }).catch(() => new Uint8Array());
  const database = check.database === undefined ? 0 : CLIENT_CONNECT_WITH_DB;
  await mysql.send(joined(
    head(
      CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH | database | (check.startTls ? CLIENT_SSL : 0),
    ),
    encode(login.user),
    Uint8Array.of(proof.length),
    proof,
    ...(check.database === undefined ? [] : [encode(check.database)]),
    encode(plugin),
  ));
  // Each turn reads one packet, and no login needs more of them.
  for (let turn = 0; turn < 8; turn++) {
    const packet = await mysql.receive();
    if (packet[0] === OK) return;
    if (packet[0] === ERROR) throw errorOf(packet, "login");
    if (packet[0] === EOF) {
      const reader = new PacketReader(packet.subarray(1));
      plugin = reader.text();
      salt = reader.rest().slice(0, 20);
      proof = await proofFor(plugin, { login, salt });
      await mysql.send(proof);
    } else if (packet[0] === MORE_DATA && packet[1] === FULL_LOGIN) {
      if (mysql.isEncrypted) await mysql.send(encode(login.password));
      else await mysql.send(Uint8Array.of(ASK_PUBLIC_KEY));
    } else if (packet[0] === MORE_DATA && packet[1] !== FAST_LOGIN_DONE) {
      await mysql.send(await encryptedPassword(login.password, { salt, publicKey: textOf(packet.subarray(1)) }));
    } else if (packet[0] !== MORE_DATA) break;
  }
  throw new AnswerError("server does not end the login");
}

/** Queries the first column of the first row; `undefined` if there is no row or it is NULL. */
async function ask(mysql: MysqlSession, query: string): Promise<string | undefined> {
  await mysql.send(joined(Uint8Array.of(COM_QUERY), new TextEncoder().encode(query)), { isNew: true });
  const first = await mysql.receive();
  if (first[0] === ERROR) throw errorOf(first, "query");
  if (first[0] === OK) return undefined;
  const columns = new PacketReader(first).variableNumber() ?? 0;
  for (let column = 0; column < columns; column++) await mysql.receive();
  await mysql.receive();
  const row = await mysql.receive();
  if (row[0] === ERROR) throw errorOf(row, "query");
  if (row[0] === EOF && row.length < 9) return undefined;
  const reader = new PacketReader(row);
  const length = reader.variableNumber();
  return length === undefined ? undefined : new TextDecoder().decode(reader.take(length));
}

async function talk(session: Session, check: MysqlCheck): Promise<Outcome> {
  const mysql = new MysqlSession(session);
  session.awaited = "greeting";
  const greeting = readGreeting(await mysql.receive());
  let detail = `version ${greeting.version}`;
  if (check.startTls) {
    if ((greeting.capabilities & CLIENT_SSL) === 0) throw new AnswerError("server does not offer TLS");
    await mysql.send(head(CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH | CLIENT_SSL));
    await session.startTls(check.tls);
    mysql.isEncrypted = true;
  }
  const { login, query, expect } = check;
  if (login === undefined) return { ok: true, detail };
  session.awaited = "answer to login";
  await logIn(mysql, { greeting, check, login });
  if (query !== undefined) {
    session.awaited = "answer to query";
    const value = await ask(mysql, query);
    const reason = expect === undefined
      ? undefined
      : value === undefined
      ? "query gave nothing"
      : judgeText(expect, { text: value, what: "answer to the query" });
    if (reason !== undefined) return { ok: false, reason };
    detail += `, query gave ${value === undefined ? "nothing" : `"${printable(value, 40)}"`}`;
  }
  await mysql.send(Uint8Array.of(COM_QUIT), { isNew: true });
  return { ok: true, detail };
}

/** The `mysql` prober: the greeting, and optionally a login and a query. */
export function probeMysql(
  target: ServerId,
  check: MysqlCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse({ endpoint: target, binding: check, options }, (session) => talk(session, check));
}
