import type { SourceReport } from "./source_report.ts";
import { quote, type ScalarNode, type Tree } from "./tree.ts";

/** Gives the value of an environment variable; undefined if it is not set. */
export type Variables = (name: string) => string | undefined;

/** A dollar sign that stands for itself, or a variable, or the start of something that is none. */
const REFERENCE = /\$\$|\$\{(?:([A-Za-z_]\w*)(?::-([^{}]*))?\})?/g;

/**
 * Puts environment variables into the values of a tree: `${NAME}`, and `${NAME:-default}` for where it is not set or
 * empty. `$$` stands for one dollar sign; one that no dollar sign or brace follows is left as it is. Keys stay as they
 * are, and so does the form of the file: a variable cannot hold more than a value.
 */
export function substitute(
  tree: Tree,
  options: { readonly variables: Variables; readonly report: SourceReport },
): Tree {
  const { variables, report } = options;
  // A node that aliases lead to several times is made once.
  const made = new Map<Tree, Tree>();
  const scalar = (node: ScalarNode): ScalarNode => {
    let isTemplate = false;
    const before = report.problemReports;
    const text = node.text.replaceAll(REFERENCE, (reference, ...rest: unknown[]) => {
      if (reference === "$$") return "$";
      isTemplate = true;
      const [name, fallback, index] = rest;
      const value = typeof name === "string" ? variables(name) : undefined;
      if (value !== undefined && (value !== "" || fallback === undefined)) return value;
      if (typeof fallback === "string") return fallback;
      const offset = report.offsetWithin(node.offset, { text: node.text, index: Number(index) });
      report.addProblem(offset, typeof name === "string" ? missing(name) : malformed(node.text.slice(Number(index))));
      return reference;
    });
    if (report.problemReports > before) return { ...node, isBroken: true };
    if (text === node.text) return node;
    return isTemplate ? { ...node, text, template: node.text } : { ...node, text };
  };
  const copy = (node: Tree): Tree => {
    const known = made.get(node);
    if (known !== undefined) return known;
    const result: Tree = node.kind === "scalar"
      ? node.text.includes("$") ? scalar(node) : node
      : node.kind === "list"
      ? { ...node, items: node.items.map(copy) }
      : { ...node, entries: node.entries.map(({ key, value }) => ({ key, value: copy(value) })) };
    made.set(node, result);
    return result;
  };
  return copy(tree);
}

function missing(name: string): string {
  return `the environment variable ${name} is not set; set it, or write \${${name}:-DEFAULT}`;
}

function malformed(text: string): string {
  // What follows a variable may be half of a secret: only what was to be its name is shown.
  const [start = ""] = /^\$\{[^}:\s]{0,40}/.exec(text) ?? [];
  return `${quote(start)} starts no variable: write \${NAME} or \${NAME:-DEFAULT}, and $$ for a dollar sign`;
}
