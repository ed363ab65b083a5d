import type { Entry, Origin, Value } from "../document.ts";
import type { Section } from "./section.ts";
import { numberOf } from "./values.ts";
import type { Real } from "./virtual.ts";

/**
 * Makes an entry.
 *
 * @param from The statement or section that it comes from.
 */
export function entry(key: string, value: Value, from: { readonly origin?: Origin } = {}): Entry {
  const { origin } = from;
  return origin === undefined ? { key, value } : { key, value, origins: [origin] };
}

const CONNECTION_KEYS: readonly (readonly [keyword: string, key: string])[] = [
  ["connect_ip", "address"],
  ["bindto", "source"],
  ["bind_if", "interface"],
];

/**
 * The keys of a check for its connection.
 *
 * @param options.section The check, or one of its hosts.
 */
export function connectionEntries(real: Real, { section }: { readonly section: Section }): readonly Entry[] {
  const entries: Entry[] = [];
  const port = section.get("connect_port");
  if (port !== undefined) entries.push(entry("port", numberOf(port) ?? 0, port));
  // keepalived probes the port in the file, even if the server has another port in the table.
  else if (real.writtenPort !== undefined && real.port === undefined) {
    entries.push(entry("port", real.writtenPort, real));
  }
  for (const [keyword, key] of CONNECTION_KEYS) {
    const statement = section.get(keyword);
    if (statement !== undefined) entries.push(entry(key, statement.words[0] ?? "", statement));
  }
  const mark = section.get("fwmark");
  if (mark !== undefined && numberOf(mark) !== 0) entries.push(entry("mark", numberOf(mark) ?? 0, mark));
  return entries;
}
