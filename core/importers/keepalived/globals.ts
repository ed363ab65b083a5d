import { tryParseIpAddress } from "../../model/mod.ts";
import { type Entry, ListBlock, MappingBlock } from "../document.ts";
import type { Report } from "../imported.ts";
import { writeSeconds } from "../table.ts";
import { entry } from "./connection.ts";
import type { Statement } from "./statement.ts";

/** The word after another in a directive. */
function after(words: readonly string[], word: string): string | undefined {
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
}

const TIMEOUTS: readonly (readonly [word: string, key: string])[] = [["tcp", "tcp"], ["tcpfin", "tcp_fin"], [
  "udp",
  "udp",
]];

/** Converts the kernel's timeouts. */
export function timeoutsEntry(statement: Statement | undefined, report: Report): Entry | undefined {
  if (statement === undefined) return undefined;
  const { words, origin } = statement;
  const entries = TIMEOUTS.flatMap(([word, key]): readonly Entry[] => {
    const seconds = after(words, word);
    if (seconds === undefined) return [];
    if (!/^\d{1,9}$/.test(seconds)) {
      report.add(origin, `${word} is not a number of seconds`);
      return [];
    }
    return [entry(key, writeSeconds(Number(seconds)))];
  });
  return entries.length === 0 ? undefined : { key: "timeouts", value: new MappingBlock(entries), origins: [origin] };
}

/** The sync daemons of a file: of one instance, or always both. */
export interface ImportedSync {
  /** The key `sync_daemons`; undefined if they follow an instance. */
  readonly always: Entry | undefined;
  /** The key `sync` of an instance, by its name. */
  readonly following: ReadonlyMap<string, Entry>;
}

/**
 * Converts the kernel's sync daemons: they follow an instance, or both run always.
 *
 * @param options.instances The VRRP instances of the file, by name.
 */
export function syncDaemons(
  statement: Statement | undefined,
  options: { readonly instances: ReadonlyMap<string, Statement>; readonly report: Report },
): ImportedSync {
  if (statement === undefined) return { always: undefined, following: new Map() };
  const { words: [device = "", ...words], origin } = statement;
  const { instances, report } = options;
  const instance = after(words, "inst") ?? (words[0] !== undefined && instances.has(words[0]) ? words[0] : undefined);
  const id = after(words, "id");
  const group = after(words, "group");
  if (group !== undefined && tryParseIpAddress(group) === undefined) report.add(origin, "group is not an IP address");
  const number = (word: string): number | undefined => {
    const value = after(words, word);
    return value === undefined ? undefined : Number(value);
  };
  const settings = {
    "max_length": number("maxlen"),
    group: group === undefined ? undefined : tryParseIpAddress(group),
    port: number("port"),
    ttl: number("ttl"),
  };
  if (instance !== undefined && instances.has(instance)) {
    const value = { device, id: id === undefined ? undefined : Number(id), ...settings };
    return { always: undefined, following: new Map([[instance, { key: "sync", value, origins: [origin] }]]) };
  }
  if (instance !== undefined) report.add(origin, `there is no vrrp_instance ${instance}: both daemons run always`);
  const items = ["master", "backup"].map((role) => ({
    value: { role, interface: device, "sync_id": Number(id ?? 0), ...settings },
    origins: [origin],
  }));
  return {
    always: { key: "sync_daemons", value: new ListBlock(items) },
    following: new Map(),
  };
}

/** The sync daemon in a VRRP instance, the form of older files. */
export function syncOfInstances(instances: ReadonlyMap<string, Statement>): Statement | undefined {
  for (const [name, { block = [] }] of instances) {
    const statement = block.find(({ keyword }) => keyword === "lvs_sync_daemon_interface");
    if (statement !== undefined) return { ...statement, words: [statement.words[0] ?? "", "inst", name] };
  }
  return undefined;
}
