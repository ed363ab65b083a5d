import type { MappingNode, Tree } from "../../config/mod.ts";
import type { Origin } from "../document.ts";
import type { Report } from "../imported.ts";

/** Tells the place of a node in words. */
export type Locate = (node: Tree, words: string) => Origin;

/** A mapping of the file, of which every key is told that nobody knows. */
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
   * Looks into a mapping.
   *
   * @param options.known The keys that it may have.
   * @returns undefined if it is none, which was reported.
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
    const seen = new Set<string>();
    for (const { key, value } of node.entries) {
      const text = key.kind === "scalar" ? key.text : "";
      if (!known.includes(text)) report.add(locate(key, describe(text, value)), "ipvsctl has no such key");
      else if (seen.has(text)) {
        report.add(locate(key, describe(text, value)), "it is there twice; the first one counts");
      }
      seen.add(text);
    }
    return new Keys(node, options);
  }

  /** The value of a key. */
  node(key: string): Tree | undefined {
    return this.#node.entries.find((entry) => entry.key.kind === "scalar" && entry.key.text === key)?.value;
  }

  /** Text, and where it stands. */
  text(key: string): { readonly value: string; readonly origin: Origin } | undefined {
    const node = this.node(key);
    if (node === undefined) return undefined;
    const origin = this.#locate(node, describe(key, node));
    if (node.kind === "scalar" && node.text !== "") return { value: node.text, origin };
    this.#report.add(origin, "it is not text");
    return undefined;
  }

  /** A whole number of a range, and where it stands. */
  number(
    key: string,
    range: { readonly max: number },
  ): { readonly value: number; readonly origin: Origin } | undefined {
    const found = this.text(key);
    if (found === undefined) return undefined;
    if (/^\d{1,9}$/.test(found.value) && Number(found.value) <= range.max) {
      return { value: Number(found.value), origin: found.origin };
    }
    this.#report.add(found.origin, `it is not a whole number from 0 to ${range.max}`);
    return undefined;
  }

  /** The items of a list. */
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
