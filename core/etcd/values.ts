import { type Fields, fieldsOf, itemsOf, textOf } from "../json/mod.ts";

/** A key with its value. */
export interface Entry {
  /** The key. */
  readonly key: string;
  /** The value. */
  readonly value: string;
  /** The revision of its last change. */
  readonly modRevision: number;
}

/** The keys of a prefix at one revision of the store. */
export interface Snapshot {
  /** The revision. */
  readonly revision: number;
  /** The keys with their values, in the order of the keys. */
  readonly entries: readonly Entry[];
}

/** How much may be read where other programs may write. */
export interface ReadLimits {
  /** The most keys, the first in their order; all without it. */
  readonly limit?: number | undefined;
  /** The longest answer, in bytes with its base64 and JSON: a longer one is an error. Without it 128 MiB. */
  readonly maxBytes?: number | undefined;
}

/** The keys to read: one key, or all keys with a prefix. */
export type KeyRange = ({ readonly key: string } | { readonly prefix: string }) & ReadLimits;

/** A condition of a transaction: the revision of the last change of a key; 0 for a key that does not exist. */
export interface Comparison {
  /** The key. */
  readonly key: string;
  /** The revision, or "exists" for any. */
  readonly modRevision: number | "exists";
}

/** A change in a transaction. */
export type Operation =
  | { readonly put: string; readonly value: string; readonly lease?: string | undefined }
  | { readonly remove: string };

/** Changes that are made together if all conditions are met. */
export interface Transaction {
  /** The conditions. */
  readonly when: readonly Comparison[];
  /** The changes. */
  readonly then: readonly Operation[];
}

/** A message of a watch: changes of one or more revisions. */
export interface WatchMessage {
  /** The revision of the store. */
  readonly revision: number;
  /** The changes, in their order; a deleted key has no entry. */
  readonly changes: readonly { readonly key: string; readonly entry: Entry | undefined }[];
  /** Whether it only confirms the watch. */
  readonly isCreated: boolean;
  /** The oldest revision that is left, if the watch began before it. */
  readonly compactRevision: number;
  /** Why the store has ended the watch; undefined if it has not. */
  readonly cancelReason?: string | undefined;
}

/** Text as the gateway carries it. */
export function encoded(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function decoded(value: unknown): string {
  const text = textOf(value) ?? "";
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  } catch {
    // An answer that is not of etcd: the reader of the value reports it.
    return "";
  }
}

/** A number of 64 bits, which the gateway writes as text and leaves out if it is 0. */
export function numberOf(value: unknown): number {
  const number = typeof value === "string" || typeof value === "number" ? Number(value) : 0;
  return Number.isSafeInteger(number) ? number : 0;
}

/** The fields of a request for keys. */
export function rangeFields(range: KeyRange): Readonly<Record<string, string>> {
  const { limit } = range;
  if (limit !== undefined) return { ...rangeFields({ ...range, limit: undefined }), limit: String(limit) };
  if ("key" in range) return { key: encoded(range.key) };
  const last = range.prefix.charCodeAt(range.prefix.length - 1);
  const end = range.prefix.slice(0, -1) + String.fromCharCode(last + 1);
  return { key: encoded(range.prefix), range_end: encoded(end) };
}

/** A transaction as JSON of the gateway. */
export function transactionJson({ when, then }: Transaction): Record<string, unknown> {
  return {
    compare: when.map(({ key, modRevision }) =>
      modRevision === "exists"
        ? { key: encoded(key), target: "MOD", mod_revision: "0", result: "GREATER" }
        : { key: encoded(key), target: "MOD", mod_revision: String(modRevision), result: "EQUAL" }
    ),
    success: then.map((operation) =>
      "put" in operation
        ? {
          request_put: {
            key: encoded(operation.put),
            value: encoded(operation.value),
            ...(operation.lease === undefined ? {} : { lease: operation.lease }),
          },
        }
        : { request_delete_range: { key: encoded(operation.remove) } }
    ),
  };
}

/** A key with its value, from JSON of the gateway. */
function entryOf(value: unknown): Entry {
  const fields = fieldsOf(value);
  return {
    key: decoded(fields["key"]),
    value: decoded(fields["value"]),
    modRevision: numberOf(fields["mod_revision"]),
  };
}

/** The keys of an answer. */
export function snapshotOf(answer: Fields): Snapshot {
  return {
    revision: numberOf(fieldsOf(answer["header"])["revision"]),
    entries: itemsOf(answer["kvs"]).map(entryOf),
  };
}

/** A message of a watch; `undefined` for any other value. */
export function watchMessageOf(value: unknown): WatchMessage | undefined {
  const result = fieldsOf(value)["result"];
  if (result === undefined) return undefined;
  const fields = fieldsOf(result);
  return {
    revision: numberOf(fieldsOf(fields["header"])["revision"]),
    isCreated: fields["created"] === true,
    compactRevision: fields["canceled"] === true ? numberOf(fields["compact_revision"]) : 0,
    cancelReason: fields["canceled"] === true ? textOf(fields["cancel_reason"]) ?? "" : undefined,
    changes: itemsOf(fields["events"]).map((event) => {
      const { type, kv } = fieldsOf(event);
      const entry = entryOf(kv);
      return { key: entry.key, entry: type === "DELETE" ? undefined : entry };
    }),
  };
}
