import { formatServerId, type ServerId } from "../model/mod.ts";

/** JSON with sorted keys and without undefined members: equal values have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
  );
}

/** The part of a key that all servers of a service share, by check of the file: a check never changes. */
const TAILS = new WeakMap<object, string>();

/**
 * The key of a job: the same for equal jobs, in this process and after a restart.
 *
 * It consists of the subject (target and method), a blank, and the timing as JSON without blanks.
 *
 * @param target The server.
 * @param parts.configured The check or agent of the file, which the two others are parts of.
 * @param parts.method The part that decides what is sent and expected.
 * @param parts.timing The part that decides when, and how results are counted.
 */
export function jobKey(
  target: ServerId,
  parts: { readonly configured: object; readonly method: object; readonly timing: object },
): string {
  const { configured, method, timing } = parts;
  let tail = TAILS.get(configured);
  if (tail === undefined) {
    tail = `${canonicalJson(method)} ${canonicalJson(timing)}`;
    TAILS.set(configured, tail);
  }
  return `${formatServerId(target)} ${tail}`;
}

/** The subject of a key: equal for jobs that differ only in their timing. */
export function subjectOf(key: string): string {
  return key.slice(0, key.lastIndexOf(" "));
}

/**
 * Deletes the entries of all other jobs; a new job takes the entry of an old one with the same subject. A server's state
 * thus survives a changed interval in the file.
 *
 * @param entries The entries, by job key.
 * @param keys Keys of the present jobs.
 */
export function retainEntries<T>(entries: Map<string, T>, keys: ReadonlySet<string>): void {
  const old = new Map<string, T>();
  for (const [key, entry] of entries) {
    if (keys.has(key)) continue;
    old.set(subjectOf(key), entry);
    entries.delete(key);
  }
  if (old.size === 0) return;
  for (const key of keys) {
    const entry = entries.has(key) ? undefined : old.get(subjectOf(key));
    if (entry !== undefined) entries.set(key, entry);
  }
}
