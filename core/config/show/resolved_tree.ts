import { inheritDefaults, valueOf } from "../source/defaults.ts";
import type { FileTree } from "../source/included_files.ts";
import type { ListNode, MappingEntry, MappingNode, Tree } from "../source/tree.ts";
import { expandRanges } from "../schema/ranges.ts";
import { DEFAULT_KEYS } from "../schema/file_schema.ts";
import { FORMAT_VERSION } from "../schema/limits.ts";

/** Keys that only one of the files has. */
const SINGLE = ["timeouts", "metrics", "health_sharing"] as const;

/** Keys of files whose lists are put together, in the order in which they are written. */
const LISTS = ["sync_daemons", "vips", "vrrp", "vrrp_groups", "services"] as const;

/**
 * The one file that means the same as a file with its included files: its services have their defaults, and no address
 * has a range.
 *
 * @param file A valid file.
 */
export function resolvedTree(file: FileTree): MappingNode {
  const lists = new Map<string, Tree[]>();
  const single = new Map<string, Tree>();
  collect(file, { outer: undefined, lists, single });
  const entries: MappingEntry[] = [entry("version", scalar(String(FORMAT_VERSION)))];
  for (const key of SINGLE) {
    const value = single.get(key);
    if (value !== undefined) entries.push(entry(key, value));
  }
  for (const key of LISTS) {
    const items = lists.get(key);
    if (items !== undefined || key === "services") entries.push(entry(key, listOf(items ?? [])));
  }
  return { kind: "mapping", offset: 0, entries };
}

function collect(
  { tree: written, included }: FileTree,
  into: {
    readonly outer: MappingNode | undefined;
    readonly lists: Map<string, Tree[]>;
    readonly single: Map<string, Tree>;
  },
): void {
  const { outer, lists, single } = into;
  const { tree, defaults } = inheritDefaults(written, { outer, keys: DEFAULT_KEYS });
  if (tree.kind !== "mapping") return;
  for (const key of SINGLE) {
    const value = valueOf(tree, key);
    if (value !== undefined) single.set(key, value);
  }
  for (const key of LISTS) {
    const list = valueOf(tree, key);
    if (list?.kind !== "list") continue;
    const items = lists.get(key) ?? [];
    lists.set(key, items);
    for (const item of list.items) items.push(key === "services" ? withoutRanges(item) : item);
  }
  for (const each of included) collect(each, { outer: defaults, lists, single });
}

/** A service whose addresses are written out, each server as an item of its own. */
function withoutRanges(service: Tree): Tree {
  if (service.kind !== "mapping") return service;
  const entries = service.entries.map((pair): MappingEntry => {
    const { key, value } = pair;
    const name = key.kind === "scalar" ? key.text : "";
    if (name === "listen") return { ...pair, value: expandedListen(value) };
    if (name !== "servers" || value.kind !== "list") return pair;
    return { ...pair, value: { ...value, items: value.items.flatMap(expandedServer) } };
  });
  return { ...service, entries };
}

function expandedListen(value: Tree): Tree {
  const items = (value.kind === "list" ? value.items : [value]).flatMap(expandedScalar);
  const [first] = items;
  return items.length === 1 && first !== undefined ? first : { kind: "list", offset: value.offset, items };
}

function expandedServer(server: Tree): readonly Tree[] {
  if (server.kind !== "mapping") return expandedScalar(server);
  const address = valueOf(server, "address");
  if (address === undefined) return [server];
  return expandedScalar(address).map((one): Tree => ({
    ...server,
    entries: server.entries.map((pair) => pair.value === address ? { ...pair, value: one } : pair),
  }));
}

function expandedScalar(node: Tree): readonly Tree[] {
  if (node.kind !== "scalar") return [node];
  const texts = expandRanges(node.text);
  return texts.length === 1 ? [node] : texts.map((text): Tree => ({ ...node, text }));
}

function entry(key: string, value: Tree): MappingEntry {
  return { key: scalar(key), value };
}

function scalar(text: string): Tree {
  return { kind: "scalar", offset: 0, text, plain: true };
}

function listOf(items: readonly Tree[]): ListNode {
  return { kind: "list", offset: 0, items };
}
