import { digestOf } from "../cluster/mod.ts";
import { isCount, textOf } from "../json/mod.ts";
import {
  type Check,
  formatServerId,
  formatServiceId,
  type Health,
  type ServerId,
  type ServiceId,
} from "../model/mod.ts";
import { fieldsOfText } from "./stored_text.ts";

/** Characters of a server's id in a list. */
const ID_LENGTH = 8;

/** The most servers that a director publishes, or reads from another one. */
export const MOST_SERVERS = 20_000;

/** The letters of the states. */
const LETTERS: Readonly<Record<Health, string>> = { healthy: "h", unhealthy: "u", unknown: "-" };

/** The states by their letters. */
const HEALTHS: Readonly<Record<string, Health>> = { h: "healthy", u: "unhealthy", "-": "unknown" };

/** The longest text of the states; longer ones are not read. Characters. */
export const MAX_STATES = 64 * 1024;

/** The longest text of a list; longer ones are not read. Characters. */
export const MAX_LIST = 2 * ID_LENGTH * MOST_SERVERS;

/** A server of a service, with its check. */
export interface SharedServer {
  /** The service. */
  readonly service: ServiceId;
  /** The server. */
  readonly server: ServerId;
  /** Its check. */
  readonly check: Pick<Check, "type">;
}

/**
 * The id of a server in the lists: the same on all directors that check it in the same way. It is a hash of 48 bits, of
 * the service, the server and the type of the check. Other settings of the check may be secrets, and count for nothing.
 */
export function sharedId({ service, server, check }: SharedServer): string {
  const text = `${check.type} ${formatServiceId(service)} ${formatServerId(server)}`;
  let [one, other] = [0x811c9dc5, 0x1b873593];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x85ebca6b);
    other = (other << 13) | (other >>> 19);
  }
  const bytes = new DataView(new ArrayBuffer(6));
  bytes.setUint32(0, mixed(one ^ (other >>> 7)));
  bytes.setUint16(4, mixed(other ^ one) >>> 16);
  return new Uint8Array(bytes.buffer).toBase64();
}

/** Spreads each bit of a word over all of them. */
function mixed(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  const second = Math.imul(first ^ (first >>> 15), 0x846ca68b);
  return (second ^ (second >>> 16)) >>> 0;
}

/** A list of servers in the order in which their states are published. */
export interface ServerList {
  /** The digest of the list. */
  readonly digest: string;
  /** The place of each server, by its id. */
  readonly places: ReadonlyMap<string, number>;
}

/** A list of servers as it is stored; the same servers in another order are another list. */
export function formatList(ids: readonly string[]): { readonly text: string; readonly digest: string } {
  const joined = ids.join("");
  return { text: JSON.stringify({ format: 1, ids: joined }), digest: listDigest(joined) };
}

/** Parses a stored list; `undefined` if it is damaged, too long or of another format. */
export function parseList(stored: string): ServerList | undefined {
  if (stored.length > MAX_LIST) return undefined;
  const ids = textOf(fieldsOfText(stored)["ids"]);
  if (ids === undefined || ids.length % ID_LENGTH !== 0 || ids.length > ID_LENGTH * MOST_SERVERS) return undefined;
  const places = new Map<string, number>();
  for (let at = 0; at < ids.length; at += ID_LENGTH) places.set(ids.slice(at, at + ID_LENGTH), at / ID_LENGTH);
  return { digest: listDigest(ids), places };
}

function listDigest(ids: string): string {
  return digestOf(ids).slice(0, 16);
}

/** The states of the servers of a list, as a director published them. */
export interface PublishedStates {
  /** The digest of the list. */
  readonly digest: string;
  /** The states, in the order of the list. */
  readonly states: readonly Health[];
}

/** States as they are stored: each letter with the number of servers in a row that have it. */
export function formatStates({ digest, states }: PublishedStates): string {
  const runs: string[] = [];
  for (let at = 0; at < states.length;) {
    const state = states[at] ?? "unknown";
    let end = at + 1;
    while (end < states.length && states[end] === state) end++;
    runs.push(`${LETTERS[state]}${end - at}`);
    at = end;
  }
  return JSON.stringify({ format: 1, list: digest, states: runs.join("") });
}

/** Parses stored states; `undefined` if they are damaged, too many or of another format. */
export function parseStates(stored: string): PublishedStates | undefined {
  if (stored.length > MAX_STATES) return undefined;
  const fields = fieldsOfText(stored);
  const [digest, runs] = [textOf(fields["list"]), textOf(fields["states"])];
  if (digest === undefined || runs === undefined || !/^(?:[hu-][1-9]\d{0,4})*$/.test(runs)) return undefined;
  const states: Health[] = [];
  for (const [, letter = "", digits = ""] of runs.matchAll(/([hu-])(\d+)/g)) {
    const count = Number(digits);
    if (!isCount(count) || states.length + count > MOST_SERVERS) return undefined;
    for (let index = 0; index < count; index++) states.push(HEALTHS[letter] ?? "unknown");
  }
  return { digest, states };
}
