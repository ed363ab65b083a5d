import type { HttpExpectation, JsonExpectation } from "../../model/mod.ts";
import { type AnswerReader, type BodyFraming, readHttpBody } from "../../net/mod.ts";
import { judgeText, quoted } from "./text_expectation.ts";
import { TextSearch } from "./text_search.ts";
import { hex, md5 } from "./md5.ts";

/** Most bytes of a body that are examined. */
const MAX_BODY_BYTES = 256 * 1024;

/** The verdict on a body; the detail is "" if no body is expected. */
export type BodyVerdict = { readonly ok: true; readonly detail: string } | {
  readonly ok: false;
  readonly reason: string;
};

/** Searches for a text while the body arrives, and stops where it is found. */
async function search(text: string, pieces: AsyncIterable<Uint8Array>): Promise<BodyVerdict> {
  const textSearch = new TextSearch(text);
  let left = MAX_BODY_BYTES;
  for await (const piece of pieces) {
    if (textSearch.endsWithin(piece.subarray(0, left))) {
      return { ok: true, detail: `body contains ${JSON.stringify(text)}` };
    }
    left -= piece.length;
    if (left <= 0) return { ok: false, reason: `the first 256 KiB of the body do not contain ${JSON.stringify(text)}` };
  }
  return { ok: false, reason: `body does not contain ${JSON.stringify(text)}` };
}

/** Collects the body, at most {@linkcode MAX_BODY_BYTES} of it. */
async function collect(
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly isWhole: boolean }> {
  let bytes = new Uint8Array(8192);
  let length = 0;
  for await (const piece of pieces) {
    const taken = piece.subarray(0, MAX_BODY_BYTES - length);
    if (length + taken.length > bytes.length) {
      const larger = new Uint8Array(Math.min(MAX_BODY_BYTES, Math.max(bytes.length * 2, length + taken.length)));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(taken, length);
    length += taken.length;
    if (taken.length < piece.length) return { bytes, isWhole: false };
  }
  return { bytes: bytes.slice(0, length), isWhole: true };
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>, algorithm: string): Promise<string> {
  if (algorithm === "md5") return hex(md5(bytes));
  return hex(new Uint8Array(await crypto.subtle.digest(algorithm.replace("sha", "SHA-"), bytes)));
}

/** The keys and indexes of a path: `$`, then `.name`, `["name"]` or `[0]`. */
function pathParts(path: string): string[] {
  const parts = path.matchAll(/\.([A-Za-z_][\w-]*)|\[(?:(\d+)|"([^"]*)")\]/g);
  return [...parts].map(([, name, index, key]) => name ?? key ?? index ?? "");
}

/** The value at a path of keys and indexes; `undefined` if it is missing. */
export function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** A body as JSON, or the reason why it is not JSON. */
export type JsonDocument = { readonly ok: true; readonly value: unknown } | {
  readonly ok: false;
  readonly reason: string;
};

function parseDocument(bytes: Uint8Array): JsonDocument {
  try {
    return { ok: true, value: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch {
    return { ok: false, reason: "body is not JSON" };
  }
}

const TOO_LONG = "body is longer than 256 KiB";

/**
 * Reads the body of an answer as JSON.
 *
 * @throws {AnswerError} If the body ends too early.
 */
export async function readDocument(reader: AnswerReader, framing: BodyFraming): Promise<JsonDocument> {
  const { bytes, isWhole } = await collect(readHttpBody(reader, framing));
  return isWhole ? parseDocument(bytes) : { ok: false, reason: TOO_LONG };
}

function judgeJson(bytes: Uint8Array, expected: readonly JsonExpectation[]): string | undefined {
  const document = parseDocument(bytes);
  if (!document.ok) return document.reason;
  for (const { path, equals } of expected) {
    const value = valueAt(document.value, pathParts(path));
    if (value === undefined) return `body has no ${path}`;
    if (value !== equals) return `${path} is ${quoted(JSON.stringify(value))}, expected ${JSON.stringify(equals)}`;
  }
  return undefined;
}

/**
 * Compares the body of an answer with the expected one, and reads no more of it than that needs.
 *
 * @throws {AnswerError} If the body ends too early.
 */
export async function judgeBody(
  reader: AnswerReader,
  options: { readonly framing: BodyFraming; readonly expect: HttpExpectation },
): Promise<BodyVerdict> {
  const { framing, expect } = options;
  const { body: text, regex, notRegex, digest, json } = expect;
  const needsAll = (regex ?? notRegex ?? digest ?? json) !== undefined;
  if (!needsAll) {
    return text === undefined ? { ok: true, detail: "" } : await search(text, readHttpBody(reader, framing));
  }
  const { bytes, isWhole } = await collect(readHttpBody(reader, framing));
  if (!isWhole && (digest ?? json) !== undefined) return { ok: false, reason: TOO_LONG };
  const found = new TextDecoder().decode(bytes);
  const reason = judgeText(expect, { text: found, what: "body", contains: text }) ??
    (json === undefined ? undefined : judgeJson(bytes, json));
  if (reason !== undefined) return { ok: false, reason };
  if (digest !== undefined) {
    const value = await digestOf(bytes, digest.algorithm);
    if (value !== digest.value) return { ok: false, reason: `${digest.algorithm} of the body is ${value}` };
  }
  return { ok: true, detail: "body as expected" };
}
