import type { Entry, Origin, Value } from "../document.ts";
import type { Section } from "./section.ts";
import { numberOf } from "./values.ts";
import type { Real } from "./virtual.ts";

/** An entry that was made of one statement. */
export function entry(key: string, value: Value, origin?: Origin): Entry {
  return { key, value, ...(origin === undefined ? {} : { origins: [origin] }) };
}

const WAYS: readonly (readonly [keyword: string, key: string])[] = [
  ["connect_ip", "address"],
  ["bindto", "source"],
  ["bind_if", "interface"],
];

/**
 * Where a probe goes and how, as keys of a check.
 *
 * @param options.section The check, or a host within it.
 */
export function connectionEntries(real: Real, { section }: { readonly section: Section }): readonly Entry[] {
  const entries: Entry[] = [];
  const port = section.get("connect_port");
  if (port !== undefined) entries.push(entry("port", numberOf(port) ?? 0, port.origin));
  // keepalived probes the port that is written, also where the server gets another one in the table.
  else if (real.writtenPort !== undefined && real.port === undefined) {
    entries.push(entry("port", real.writtenPort, real.origin));
  }
  for (const [keyword, key] of WAYS) {
    const statement = section.get(keyword);
    if (statement !== undefined) entries.push(entry(key, statement.words[0] ?? "", statement.origin));
  }
  const mark = section.get("fwmark");
  if (mark !== undefined && numberOf(mark) !== 0) entries.push(entry("mark", numberOf(mark) ?? 0, mark.origin));
  return entries;
}
