import { valueOf } from "./defaults.ts";
import type { ScalarNode, Tree } from "./tree.ts";
import type { Variables } from "./variables.ts";

/** A variable of a host, as a file writes it: `NAME=VALUE`. */
export const HOST_VARIABLE = /^([A-Za-z_]\w*)=(.*)$/s;

/**
 * The variables for a host: its own from `hosts:` of the file, and then those of the environment. The reader of the file
 * reports invalid entries.
 *
 * @param tree The main file, with the references to variables.
 * @param options.host The name of the host, by the names in the file; it is called only if the file has `hosts:`.
 * @param options.variables The environment.
 */
export function hostVariables(
  tree: Tree,
  { host, variables }: { readonly host: (named: readonly string[]) => string; readonly variables: Variables },
): Variables {
  const hosts = hostsOf(tree);
  if (hosts.length === 0) return variables;
  const name = host([...new Set(hosts.flatMap(namesOf))]);
  const own = new Map<string, string>();
  for (const each of hosts) {
    if (!namesOf(each).includes(name)) continue;
    for (const { text } of scalarsOf(each, "variables")) {
      const [, key, value] = HOST_VARIABLE.exec(text) ?? [];
      if (key !== undefined && value !== undefined) own.set(key, value);
    }
  }
  return (key) => own.get(key) ?? variables(key);
}

function hostsOf(tree: Tree): readonly Tree[] {
  const hosts = tree.kind === "mapping" ? valueOf(tree, "hosts") : undefined;
  return hosts?.kind === "list" ? hosts.items : [];
}

function namesOf(host: Tree): readonly string[] {
  return scalarsOf(host, "name").map(({ text }) => text);
}

/** The texts of a key, which has one or a list of them. */
function scalarsOf(host: Tree, key: string): readonly ScalarNode[] {
  const value = host.kind === "mapping" ? valueOf(host, key) : undefined;
  const nodes = value?.kind === "list" ? value.items : value === undefined ? [] : [value];
  return nodes.filter((node) => node.kind === "scalar");
}
