/**
 * The messages of a name server that a test writes.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ServerId } from "../../core/model/mod.ts";

/** A question that a name server got. */
export interface AskedQuestion {
  readonly server: ServerId;
  readonly name: string;
  readonly type: "A" | "AAAA" | "SRV";
  readonly transport: "udp" | "tcp";
}

/** What a name server answers: records as text, an error, an answer that is cut, or nothing at all. */
export type DnsReply =
  | { readonly records: readonly string[]; readonly ttl?: number; readonly isTruncated?: boolean }
  | { readonly rcode: number }
  | "silence";

const TYPES = { 1: "A", 28: "AAAA", 33: "SRV" } as const;

/**
 * The answer of a name server to a query.
 *
 * @param options.server the name server
 * @param options.reply what it answers
 * @returns the message; undefined if it is silent
 */
export function answerQuery(
  query: Uint8Array,
  { server, transport, reply: replyTo }: Pick<AskedQuestion, "server" | "transport"> & {
    readonly reply: (question: AskedQuestion) => DnsReply;
  },
): Uint8Array | undefined {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + length)));
    at += length + 1;
  }
  const number = query[at + 2];
  const type = number === 1 || number === 28 || number === 33 ? TYPES[number] : assert.fail(`type ${number}`);
  const reply = replyTo({ server, name: labels.join("."), type, transport });
  if (reply === "silence") return undefined;
  const question = [...query.subarray(12, at + 5)];
  const id = [...query.subarray(0, 2)];
  if ("rcode" in reply) return Uint8Array.from([...id, 0x81, 0x80 | reply.rcode, 0, 1, 0, 0, 0, 0, 0, 0, ...question]);
  const { records, ttl = 60, isTruncated = false } = reply;
  const answers = records.flatMap((record) => {
    const data = recordData(record, type);
    return [0xc0, 12, 0, number, 0, 1, ttl >> 24, ttl >> 16 & 255, ttl >> 8 & 255, ttl & 255, 0, data.length, ...data];
  });
  const flags = [isTruncated ? 0x83 : 0x81, 0x80];
  const count = [records.length >> 8, records.length & 255];
  return Uint8Array.from([...id, ...flags, 0, 1, ...count, 0, 0, 0, 0, ...question, ...answers]);
}

function recordData(record: string, type: AskedQuestion["type"]): readonly number[] {
  if (type === "A") return record.split(".").map(Number);
  if (type === "AAAA") return [...Array.from({ length: 15 }, () => 0x20), Number(record)];
  const [priority = 0, weight = 0, port = 0] = record.split(" ").map(Number);
  const target = record.split(" ")[3] ?? "";
  const name = target.split(".").filter((label) => label !== "").flatMap((label) => [
    label.length,
    ...new TextEncoder().encode(label),
  ]);
  return [...[priority, weight, port].flatMap((value) => [value >> 8, value & 255]), ...name, 0];
}
