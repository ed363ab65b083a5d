import { addressFromBytes, DNS_RCODES, DNS_RECORD_TYPES } from "../model/mod.ts";
import { AnswerError } from "./answer_reader.ts";

const HEADER_BYTES = 12;
const FLAG_RESPONSE = 0x8000;
const FLAG_TRUNCATED = 0x0200;
const FLAG_RECURSION_DESIRED = 0x0100;
const CLASS_IN = 1;

/** Most answers that are read: more than a message of 64 KiB can have, so that no answer is left out. */
const MAX_ANSWERS = 8192;

/** A question to a name server. */
export interface DnsQuestion {
  /** ID of the query: 0 to 65535. */
  readonly id: number;
  /** Domain name. */
  readonly name: string;
  /** Type of record: "A", "TYPE65". */
  readonly recordType: string;
  /** Whether the server resolves recursively. */
  readonly recursion: boolean;
}

/** The answer of a name server. */
export interface DnsAnswer {
  /** Name of the response code, or its number as text. */
  readonly rcode: string;
  /** Whether answers are missing because they did not fit. */
  readonly isTruncated: boolean;
  /** Answers of the requested type, in the form of a zone file. */
  readonly answers: readonly string[];
  /** The shortest time to live of all records in the answer; seconds. Undefined without records. */
  readonly ttlSeconds: number | undefined;
  /** The name that the message repeats from the question, in lower case; undefined without one. */
  readonly question: string | undefined;
}

/** The number of a record type. */
function recordTypeNumber(recordType: string): number {
  const known = Object.entries(DNS_RECORD_TYPES).find(([name]) => name === recordType)?.[1];
  return known ?? Number(recordType.replace(/^TYPE/, ""));
}

function encodeName(name: string): number[] {
  const labels = name.split(".").filter((label) => label !== "");
  return [...labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0];
}

/** Encodes a query. */
export function encodeQuery(question: DnsQuestion): Uint8Array {
  const { id, name, recordType, recursion } = question;
  const pair = (value: number): number[] => [value >> 8, value & 255];
  const flags = recursion ? FLAG_RECURSION_DESIRED : 0;
  const counts = [0, 1, 0, 0, 0, 0, 0, 0];
  const body = [...encodeName(name), ...pair(recordTypeNumber(recordType)), ...pair(CLASS_IN)];
  return Uint8Array.from([...pair(id), ...pair(flags), ...counts, ...body]);
}

/** Reads a message, and never beyond its end. */
class MessageReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16(): number {
    this.#need(2);
    this.at += 2;
    return this.#view.getUint16(this.at - 2);
  }

  u32(): number {
    return this.u16() * 65536 + this.u16();
  }

  u8(): number {
    this.#need(1);
    return this.#bytes[this.at++] ?? 0;
  }

  take(count: number): Uint8Array {
    this.#need(count);
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  /** Reads a name, and follows pointers to its parts. */
  name(): string {
    const labels: string[] = [];
    let back: number | undefined;
    // The limit ends loops of pointers.
    for (let jumps = 0; jumps < 128;) {
      const length = this.u8();
      if (length === 0) {
        this.at = back ?? this.at;
        return `${labels.join(".")}.`;
      }
      if (length >= 0xc0) {
        const to = (length & 0x3f) * 256 + this.u8();
        back ??= this.at;
        this.at = to;
        jumps++;
      } else if (length < 0x40) {
        labels.push([...this.take(length)].map(labelCharacter).join(""));
        if (labels.length > 127) break;
      } else break;
    }
    throw new AnswerError("answer has a broken name");
  }

  #need(count: number): void {
    if (this.at + count > this.#bytes.length) throw new AnswerError("answer is cut short");
  }
}

/** A byte of a label in the form of a zone file. */
function labelCharacter(byte: number): string {
  const character = String.fromCharCode(byte);
  if (byte < 0x21 || byte > 0x7e) return `\\${String(byte).padStart(3, "0")}`;
  return /[.\\"();@$]/.test(character) ? `\\${character}` : character;
}

function textString(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => {
    if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, "0")}`;
    return byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  });
  return `"${text.join("")}"`;
}

const { A, AAAA, NS, CNAME, PTR, MX, SOA, SRV, TXT } = DNS_RECORD_TYPES;

/** Reads the data of a record, in the form of a zone file. */
function readData(reader: MessageReader, record: { readonly type: number; readonly length: number }): string {
  const { type, length } = record;
  const end = reader.at + length;
  switch (type) {
    case A:
    case AAAA: {
      const bytes = reader.take(length);
      if (bytes.length !== (type === A ? 4 : 16)) throw new AnswerError("answer has a broken address");
      return addressFromBytes(bytes);
    }
    case NS:
    case CNAME:
    case PTR:
      return reader.name();
    case MX:
      return `${reader.u16()} ${reader.name()}`;
    case SOA: {
      const names = `${reader.name()} ${reader.name()}`;
      return `${names} ${[reader.u32(), reader.u32(), reader.u32(), reader.u32(), reader.u32()].join(" ")}`;
    }
    case SRV:
      return `${reader.u16()} ${reader.u16()} ${reader.u16()} ${reader.name()}`;
    case TXT: {
      const texts: string[] = [];
      while (reader.at < end) texts.push(textString(reader.take(reader.u8())));
      return texts.join(" ");
    }
    default: {
      // The form for unknown types (RFC 3597 5).
      const digits = Array.from(reader.take(length), (byte) => byte.toString(16).padStart(2, "0")).join("");
      return `\\# ${length}${length > 0 ? ` ${digits}` : ""}`;
    }
  }
}

/**
 * Reads an answer.
 *
 * @returns The answer, or `undefined` if the message is not the answer to this question.
 * @throws {AnswerError} If it is broken.
 */
export function decodeAnswer(message: Uint8Array, question: DnsQuestion): DnsAnswer | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const reader = new MessageReader(message);
  const id = reader.u16();
  const flags = reader.u16();
  if (id !== question.id || (flags & FLAG_RESPONSE) === 0) return undefined;
  const questions = reader.u16();
  const count = Math.min(reader.u16(), MAX_ANSWERS);
  reader.at = HEADER_BYTES;
  let asked: string | undefined;
  for (let index = 0; index < Math.min(questions, MAX_ANSWERS); index++) {
    const name = reader.name();
    asked ??= name.toLowerCase();
    reader.u32();
  }
  const answers: string[] = [];
  const wanted = recordTypeNumber(question.recordType);
  const isTruncated = (flags & FLAG_TRUNCATED) !== 0;
  const rcode = flags & 15;
  let ttlSeconds: number | undefined;
  for (let index = 0; index < count; index++) {
    reader.name();
    const type = reader.u16();
    reader.u16();
    const ttl = reader.u32();
    // A negative one is 0 (RFC 2181 8).
    ttlSeconds = Math.min(ttlSeconds ?? Infinity, ttl > 0x7fffffff ? 0 : ttl);
    const length = reader.u16();
    const end = reader.at + length;
    if (type === wanted) answers.push(readData(reader, { type, length }));
    reader.at = end;
  }
  return { rcode: DNS_RCODES[rcode] ?? `rcode ${rcode}`, isTruncated, answers, ttlSeconds, question: asked };
}
