import type { MappingEntry, MappingNode, ScalarNode, Tree } from "./tree.ts";

/** Keys of defaults and services whose mappings are merged key by key. */
const MERGED: ReadonlySet<string> = new Set(["persistence", "check"]);

/** Keys that checks of every type have. */
const CHECK_TIMING: ReadonlySet<string> = new Set([
  "interval",
  "timeout",
  "rise",
  "fall",
  "unhealthy_interval",
  "retry_delay",
  "warmup",
  "flap_damping",
]);

/** The value of a key; undefined if the mapping does not have it. */
export function valueOf(node: MappingNode, key: string): Tree | undefined {
  return node.entries.find((entry) => entry.key.kind === "scalar" && entry.key.text === key)?.value;
}

function textOf(node: Tree | undefined): string | undefined {
  return node?.kind === "scalar" ? node.text : undefined;
}

function isNamed(entry: MappingEntry): entry is MappingEntry & { readonly key: ScalarNode } {
  return entry.key.kind === "scalar";
}

/** The part of a default check that another check inherits: all of it, or only the timing if its type differs. */
function inheritableCheck(from: MappingNode, own: MappingNode): MappingNode {
  const [type, other] = [textOf(valueOf(own, "type")), textOf(valueOf(from, "type"))];
  if (type === undefined || other === undefined || type === other) return from;
  return { ...from, entries: from.entries.filter((entry) => isNamed(entry) && CHECK_TIMING.has(entry.key.text)) };
}

/** A mapping with missing keys added from another: whole values, except that the keys of {@linkcode MERGED} are merged. */
function inherit(own: MappingNode, from: MappingNode): MappingNode {
  const values = new Map<string, Tree>();
  for (const entry of from.entries) {
    if (isNamed(entry) && !values.has(entry.key.text)) values.set(entry.key.text, entry.value);
  }
  const entries = own.entries.map((entry): MappingEntry => {
    if (!isNamed(entry)) return entry;
    const { key, value } = entry;
    const inherited = values.get(key.text);
    if (!MERGED.has(key.text) || value.kind !== "mapping" || inherited?.kind !== "mapping") return entry;
    return { key, value: inherit(value, key.text === "check" ? inheritableCheck(inherited, value) : inherited) };
  });
  const written = new Set(own.entries.filter(isNamed).map(({ key }) => key.text));
  // Flags belong to their scheduler and must not reach another one.
  const scheduler = textOf(valueOf(own, "scheduler"));
  if (scheduler !== undefined && scheduler !== textOf(values.get("scheduler"))) written.add("scheduler_flags");
  const added = from.entries.filter((entry) => {
    return isNamed(entry) && !written.has(entry.key.text) && values.get(entry.key.text) === entry.value;
  }).map(({ key, value }): MappingEntry => ({ key, value, isInherited: true }));
  return { ...own, entries: [...entries, ...added] };
}

/** A service with its check merged into the partial checks of its servers. */
function inheritCheck(service: MappingNode): MappingNode {
  const check = valueOf(service, "check");
  const servers = valueOf(service, "servers");
  if (check?.kind !== "mapping" || servers?.kind !== "list") return service;
  let isChanged = false;
  const items = servers.items.map((server) => {
    if (server.kind !== "mapping" || valueOf(server, "check")?.kind !== "mapping") return server;
    isChanged = true;
    const entries = server.entries.map((entry): MappingEntry => {
      const { key, value } = entry;
      if (textOf(key) !== "check" || value.kind !== "mapping") return entry;
      return { key, value: inherit(value, inheritableCheck(check, value)) };
    });
    return { ...server, entries };
  });
  if (!isChanged) return service;
  const entries = service.entries.map((entry) =>
    entry.value === servers ? { ...entry, value: { ...servers, items } } : entry
  );
  return { ...service, entries };
}

/** A file's tree with the defaults in each of its services. */
export interface Inherited {
  /** The tree of the file. */
  readonly tree: Tree;
  /** The active defaults of the file, for its included files; undefined if there are none. */
  readonly defaults: MappingNode | undefined;
}

/**
 * Copies the defaults of a file into its services, so that the reader of services needs no defaults, and a problem with
 * a default is reported at the default.
 *
 * @param options.outer The defaults of the including file; the file's own defaults override them.
 * @param options.keys The valid keys of defaults; others are not copied.
 */
export function inheritDefaults(
  tree: Tree,
  options: { readonly outer: MappingNode | undefined; readonly keys: readonly string[] },
): Inherited {
  if (tree.kind !== "mapping") return { tree, defaults: options.outer };
  const { outer } = options;
  const written = valueOf(tree, "defaults");
  const own = written?.kind === "mapping" ? written : undefined;
  const defaults = own === undefined || outer === undefined ? own ?? outer : inherit(own, outer);
  const known = new Set(options.keys);
  const from = defaults === undefined ? undefined : {
    ...defaults,
    entries: defaults.entries.filter((entry) => isNamed(entry) && known.has(entry.key.text)),
  };
  const entries = tree.entries.map((entry): MappingEntry => {
    const { key, value } = entry;
    if (textOf(key) !== "services" || value.kind !== "list") return entry;
    const items = value.items.map((item) => {
      if (item.kind !== "mapping") return item;
      return inheritCheck(from === undefined ? item : inherit(item, from));
    });
    return { key, value: { ...value, items } };
  });
  return { tree: { ...tree, entries }, defaults };
}
