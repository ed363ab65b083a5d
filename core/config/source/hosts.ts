import { LABEL, type Labels } from "../../model/mod.ts";
import { isChosen, labelsIn } from "./chosen_parts.ts";
import { valueOf } from "./defaults.ts";
import type { ScalarNode, Tree } from "./tree.ts";
import type { Variables } from "./variables.ts";

/** A variable of a host, as a file writes it: `NAME=VALUE`. */
export const HOST_VARIABLE = /^([A-Za-z_]\w*)=(.*)$/s;

/** The facts about a director by which it reads a file in its own way. */
export interface DirectorFacts {
  /** Its variables. */
  readonly variables: Variables;
  /** Its labels. */
  readonly labels: Labels;
}

/** What a director has outside the file. */
export interface DirectorOptions {
  /** The name of the host, by the names in the file; it is called first, and only if the file has `hosts:`. */
  readonly host: (named: readonly string[]) => string;
  /** The variables of its environment. */
  readonly variables: Variables;
  /** Its labels. */
  readonly labels: () => Labels;
}

/**
 * The variables and labels of a director: its own from `hosts:` of the file, and then those that it has outside. The
 * reader of the file reports invalid entries.
 *
 * @param tree The main file, with the references to variables.
 */
export function directorFacts(tree: Tree, own: DirectorOptions): DirectorFacts {
  const hosts = hostsOf(tree);
  if (hosts.length === 0) return { variables: own.variables, labels: own.labels() };
  const name = own.host([...new Set(hosts.flatMap(namesOf))]);
  const labels = new Map(own.labels());
  for (const each of hosts.filter((each) => namesOf(each).includes(name))) {
    for (const [key, value] of matches(each, "labels", LABEL)) labels.set(key, value);
  }
  const variables = new Map<string, string>();
  for (const each of hosts) {
    const names = namesOf(each);
    if (names.length > 0 && !names.includes(name)) continue;
    const wanted = labelsIn(each);
    if (names.length === 0 && wanted === undefined || wanted !== undefined && !isChosen(wanted, labels)) continue;
    for (const [key, value] of matches(each, "variables", HOST_VARIABLE)) variables.set(key, value);
  }
  return { labels, variables: (key) => variables.get(key) ?? own.variables(key) };
}

function hostsOf(tree: Tree): readonly Tree[] {
  const hosts = tree.kind === "mapping" ? valueOf(tree, "hosts") : undefined;
  return hosts?.kind === "list" ? hosts.items : [];
}

function namesOf(host: Tree): readonly string[] {
  return scalarsOf(host, "name").map(({ text }) => text);
}

/** The keys and values in the texts of a key. */
function matches(host: Tree, key: string, form: RegExp): readonly (readonly [string, string])[] {
  return scalarsOf(host, key).flatMap(({ text }) => {
    const [, name, value] = form.exec(text) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}

/** The texts of a key, which has one or a list of them. */
function scalarsOf(host: Tree, key: string): readonly ScalarNode[] {
  const value = host.kind === "mapping" ? valueOf(host, key) : undefined;
  const nodes = value?.kind === "list" ? value.items : value === undefined ? [] : [value];
  return nodes.filter((node) => node.kind === "scalar");
}
