import type { MappingNode, Tree } from "../../config/mod.ts";
import type { Origin } from "../document.ts";
import type { Report } from "../imported.ts";

/** Returns the place of a node, with its text for messages. */
export type Locate = (node: Tree, words: string) => Origin;

/** A mapping of the file, whose unknown keys are reported. */
export class Keys {
  readonly #node: MappingNode;
  readonly #locate: Locate;
  readonly #report: Report;

  private constructor(node: MappingNode, options: { readonly locate: Locate; readonly report: Report }) {
    this.#node = node;
    this.#locate = options.locate;
    this.#report = options.report;
  }

  /**
   * Opens a mapping, and reports its unknown keys.
   *
   * @param options.known The keys of such a mapping.
   * @returns undefined, with a report, if the node is not a mapping.
   */
  static of(
    node: Tree,
    options: {
      readonly name: string;
      readonly known: readonly string[];
      readonly locate: Locate;
      readonly report: Report;
    },
  ): Keys | undefined {
    const { name, known, locate, report } = options;
    if (node.kind !== "mapping") {
      report.add(locate(node, name), "it is not a mapping");
      return undefined;
    }
    const names = new Set<string>();
    for (const { key, value } of node.entries) {
      const text = key.kind === "scalar" ? key.text : "";
      if (!known.includes(text)) report.add(locate(key, describe(text, value)), "ipvsctl has no such key");
      else if (names.has(text)) {
        report.add(locate(key, describe(text, value)), "it is a duplicate; ipvsctl uses the first one");
      }
      names.add(text);
    }
    return new Keys(node, options);
  }

  /** Returns the value of a key. */
  node(key: string): Tree | undefined {
    return this.#node.entries.find((entry) => entry.key.kind === "scalar" && entry.key.text === key)?.value;
  }

  /** Returns a text with its place; undefined, with a report, if it is not a text. */
  text(key: string): { readonly value: string; readonly origin: Origin } | undefined {
    const node = this.node(key);
    if (node === undefined) return undefined;
    const origin = this.#locate(node, describe(key, node));
    if (node.kind === "scalar" && node.text !== "") return { value: node.text, origin };
    this.#report.add(origin, "it is not text");
    return undefined;
  }

  /** Returns a whole number from 0 to `max` with its place; undefined, with a report, for any other value. */
  number(
    key: string,
    range: { readonly max: number },
  ): { readonly value: number; readonly origin: Origin } | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const { value, origin } = text;
    if (/^\d{1,9}$/.test(value) && Number(value) <= range.max) return { value: Number(value), origin };
    this.#report.add(origin, `it is not a whole number from 0 to ${range.max}`);
    return undefined;
  }

  /** Returns the items of a list; none, with a report, if it is not a list. */
  list(key: string): readonly Tree[] {
    const node = this.node(key);
    if (node === undefined) return [];
    if (node.kind === "list") return node.items;
    // A key without a value is an empty list.
    if (node.kind !== "scalar" || node.text !== "") this.#report.add(this.#locate(node, key), "it is not a list");
    return [];
  }
}

function describe(key: string, node: Tree): string {
  return node.kind === "scalar" ? `${key}: ${node.text}` : key;
}
