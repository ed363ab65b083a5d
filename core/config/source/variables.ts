import { LvsctlError } from "../../errors/mod.ts";
import type { SourceReport } from "./source_report.ts";
import { type ScalarNode, type Tree } from "./tree.ts";

/**
 * Returns the value of an environment variable; undefined if it is not set. It throws an {@linkcode LvsctlError} if the
 * value is not UTF-8.
 */
export type Variables = (name: string) => string | undefined;

/** An escaped dollar sign, a variable, or the start of a malformed variable. */
const REFERENCE = /\$\$|\$\{(?:([A-Za-z_]\w*)(?::-([^{}]*))?\})?/g;

/**
 * Replaces environment variables in the values of a tree: `${NAME}`, and `${NAME:-default}` if NAME may be unset or
 * empty. `$$` is one dollar sign; a dollar sign without a following dollar sign or brace stays. Keys and the structure of
 * the file do not change: a variable holds one value only.
 */
export function substitute(
  tree: Tree,
  options: { readonly variables: Variables; readonly report: SourceReport },
): Tree {
  const { variables, report } = options;
  // A node with several aliases is copied once.
  const copies = new Map<Tree, Tree>();
  const scalar = (node: ScalarNode): ScalarNode => {
    let isTemplate = false;
    const before = report.problemReports;
    // Found once, because a text may have many variables.
    let start: { readonly at: number | undefined } | undefined;
    const offsetOf = (index: number): number => {
      start ??= { at: report.startOf(node.text, node.offset) };
      return start.at === undefined ? node.offset : start.at + index;
    };
    const text = node.text.replaceAll(REFERENCE, (reference, ...rest: unknown[]) => {
      if (reference === "$$") return "$";
      isTemplate = true;
      const [name, fallback, index] = rest;
      let value: string | undefined;
      try {
        value = typeof name === "string" ? variables(name) : undefined;
      } catch (error) {
        if (!(error instanceof LvsctlError)) throw error;
        report.addProblem(offsetOf(Number(index)), error.message);
        return reference;
      }
      if (value !== undefined && (value !== "" || fallback === undefined)) return value;
      if (typeof fallback === "string") return fallback;
      report.addProblem(
        offsetOf(Number(index)),
        typeof name === "string" ? missing(name) : MALFORMED,
      );
      return reference;
    });
    if (report.problemReports > before) return { ...node, isBroken: true };
    if (text === node.text) return node;
    return isTemplate ? { ...node, text, template: node.text } : { ...node, text };
  };
  const copy = (node: Tree): Tree => {
    const known = copies.get(node);
    if (known !== undefined) return known;
    const result: Tree = node.kind === "scalar"
      ? node.text.includes("$") ? scalar(node) : node
      : node.kind === "list"
      ? { ...node, items: node.items.map(copy) }
      : { ...node, entries: node.entries.map(({ key, value }) => ({ key, value: copy(value) })) };
    copies.set(node, result);
    return result;
  };
  return copy(tree);
}

function missing(name: string): string {
  return `the environment variable ${name} is not set; set it, or write \${${name}:-DEFAULT}`;
}

/** Without the text after it, which may be part of a password. */
const MALFORMED = '"${" begins no variable; write ${NAME} or ${NAME:-DEFAULT}, and $$ for a dollar sign';
