import { type Fields, isCount, isMoment, textOf, tryFieldsOf } from "../json/mod.ts";
import { oneLine } from "../model/mod.ts";
import { sha256 } from "./sha256.ts";

/** A version of the configuration. */
export interface Version {
  /** Its number: each push has the next one. */
  readonly number: number;
  /** The text of the file. */
  readonly text: string;
  /** The SHA-256 of the text, in hexadecimal digits. */
  readonly digest: string;
  /** The user and host that pushed it. */
  readonly author: string;
  /** The time of the push; milliseconds since 1970. */
  readonly at: number;
  /** The older version whose text it repeats. */
  readonly rollbackOf?: number | undefined;
}

/** The largest text, in bytes: etcd accepts requests of 1.5 MiB, and JSON escapes some characters. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/** The digest of a text. */
export function digestOf(text: string): string {
  return sha256(new TextEncoder().encode(text));
}

/** A version as it is stored. */
export function formatVersion({ number, text, digest, author, at, rollbackOf }: Version): string {
  return JSON.stringify({ format: 1, number, digest, author, at, rollback_of: rollbackOf ?? null, text });
}

/**
 * Parses a stored version, and checks its digest.
 *
 * @returns The version; `undefined` if it is damaged or of another format.
 */
export function parseVersion(stored: string): Version | undefined {
  const fields = parseFields(stored);
  const { number, at, rollback_of: rollbackOf = null } = fields;
  const [text, digest, author] = [textOf(fields["text"]), textOf(fields["digest"]), textOf(fields["author"])];
  if (text === undefined || author === undefined || !isVersionNumber(number) || !isMoment(at)) return undefined;
  if (rollbackOf !== null && !isVersionNumber(rollbackOf)) return undefined;
  if (digest === undefined || digest !== digestOf(text)) return undefined;
  return { number, text, digest, author: oneLine(author), at, rollbackOf: rollbackOf ?? undefined };
}

/** Whether a value is the number of a version. */
export function isVersionNumber(value: unknown): value is number {
  return isCount(value) && value > 0;
}

/** The fields of a stored record of format 1; none for any other text. */
export function parseFields(stored: string): Fields {
  let fields: Fields | undefined;
  try {
    fields = tryFieldsOf(JSON.parse(stored));
  } catch {
    return {};
  }
  return fields?.["format"] === 1 ? fields : {};
}
