import { formatServerId, type ServerId } from "../model/mod.ts";

/** JSON with sorted keys and without the undefined: equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
  );
}

/** What the servers of a service share of their keys: worked out once for each configured check, which is never changed. */
const TAILS = new WeakMap<object, string>();

/**
 * The key of a job: the same for equal ones, in this process and the next.
 *
 * It is the subject (whom, and how), a blank, and the timing as JSON, in which there are no blanks.
 *
 * @param target Whom.
 * @param asked.configured What the file says; it stands for the two others.
 * @param asked.method How.
 * @param asked.timing When, and what else decides of the results.
 */
export function jobKey(
  target: ServerId,
  asked: { readonly configured: object; readonly method: object; readonly timing: object },
): string {
  const { configured, method, timing } = asked;
  let tail = TAILS.get(configured);
  if (tail === undefined) {
    tail = `${canonicalJson(method)} ${canonicalJson(timing)}`;
    TAILS.set(configured, tail);
  }
  return `${formatServerId(target)} ${tail}`;
}

/** What two jobs have in common that ask the same of the same server at other times. */
export function subjectOf(key: string): string {
  return key.slice(0, key.lastIndexOf(" "));
}

/**
 * Forgets all but the named entries; a new one takes over from an old one of the same subject. So what is known of a
 * server survives another interval in the file.
 *
 * @param entries The entries, by the keys of jobs.
 * @param keys What is kept.
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
