import { isSecretKey } from "../../model/mod.ts";
import { writeText } from "../canonical/lines.ts";
import type { FieldShape, Shape } from "../schema/types.ts";
import { isNothing, looksTyped, type MappingNode, type ScalarNode, type Tree } from "../source/tree.ts";
import { commandWords, shownText } from "./hidden_values.ts";
import { fieldsOf, isWrittenPlain, itemShapes } from "./shapes.ts";

/** Columns of a list or a mapping that is written on one line. */
const FLOW_WIDTH = 100;

/** Options of {@linkcode writeTree}. */
export interface WriteTreeOptions {
  /** The shape of the whole file. */
  readonly shape: Shape;
  /** Whether keys that a mapping omits are written with their built-in defaults. */
  readonly withDefaults: boolean;
}

/** A tree as text. */
export interface WrittenTree {
  /** The text, in YAML. */
  readonly text: string;
  /** The number of values that are hidden, because they are or may contain secrets. */
  readonly hidden: number;
}

/** Writes a valid tree as YAML, without secrets. */
export function writeTree(tree: MappingNode, { shape, withDefaults }: WriteTreeOptions): WrittenTree {
  const writer = new TreeWriter(withDefaults);
  const lines = writer.block(tree, { key: "", parent: "", isSecret: false, shapes: [shape], depth: 0 });
  return { text: lines.map((line) => `${line}\n`).join(""), hidden: writer.hidden };
}

/** The place of a node. */
interface Place {
  readonly key: string;
  readonly parent: string;
  readonly isSecret: boolean;
  readonly shapes: readonly Shape[];
  /** The number of mappings and lists around it. */
  readonly depth: number;
}

class TreeWriter {
  readonly #withDefaults: boolean;
  hidden = 0;

  constructor(withDefaults: boolean) {
    this.#withDefaults = withDefaults;
  }

  /** The lines of a mapping or a list, without indentation. */
  block(node: Tree, place: Place): readonly string[] {
    if (node.kind === "scalar") return [this.#scalar(node, place)];
    if (node.kind === "list") {
      return node.items.flatMap((item) => {
        const [first = "", ...rest] = this.#value(item, itemPlace(place));
        return [`- ${first}`, ...rest.map(indented)];
      });
    }
    return this.#entries(node, place).flatMap(({ key, value, place: own }) => {
      const lines = this.#value(value, own);
      const [first = ""] = lines;
      return isOneLine(value, lines) ? [`${key}: ${first}`] : [`${key}:`, ...lines.map(indented)];
    });
  }

  /** A value on one line if it has room there and is easy to read, or else in lines of its own. */
  #value(node: Tree, place: Place): readonly string[] {
    if (node.kind === "scalar" || sizeOf(node) === 0) return [this.#flow(node, place)];
    const before = this.hidden;
    const line = isAlwaysBlock(node, place) || !isFlat(node) ? undefined : this.#flow(node, place);
    if (line !== undefined && line.length <= FLOW_WIDTH) return [line];
    this.hidden = before;
    return this.block(node, place);
  }

  #flow(node: Tree, place: Place): string {
    if (node.kind === "scalar") return this.#scalar(node, place);
    if (node.kind === "list") {
      return `[${node.items.map((item) => this.#flow(item, itemPlace(place))).join(", ")}]`;
    }
    const pairs = this.#entries(node, place).map(({ key, value, place: own }) => `${key}: ${this.#flow(value, own)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }

  /** The entries of a mapping with their places, and those of its built-in defaults. */
  #entries(
    node: MappingNode,
    { key: parent, isSecret, shapes, depth }: Place,
  ): readonly { readonly key: string; readonly value: Tree; readonly place: Place }[] {
    const fields = fieldsOf(node, shapes);
    const entries = node.entries.flatMap(({ key, value }) => {
      if (key.kind !== "scalar") return [];
      const shape = fields[key.text]?.shape;
      const own: Place = {
        key: key.text,
        parent,
        isSecret: isSecret || isSecretKey(key.text),
        shapes: shape === undefined ? [] : [shape],
        depth: depth + 1,
      };
      return [{ key: key.text, value: key.text === "command" ? this.#withoutSecretWords(value) : value, place: own }];
    });
    if (!this.#withDefaults) return entries;
    const present = new Set(entries.map(({ key }) => key));
    const added = Object.entries(fields).flatMap(([key, field]) => {
      const value = present.has(key) ? undefined : defaultOf(field);
      return value === undefined
        ? []
        : [{ key, value, place: { key, parent, isSecret, shapes: [field.shape], depth: depth + 1 } }];
    });
    return [...entries, ...added];
  }

  #scalar(node: ScalarNode, place: Place): string {
    if (isNothing(node)) return "null";
    const { text, isTemplate, isHidden } = shownText(node, place);
    if (isHidden) this.hidden++;
    // A reference to a variable keeps its dollar sign.
    if (isTemplate) return writeText(text).replaceAll("$$", () => "$");
    const isTyped = node.template === undefined ? node.plain : isWrittenPlain(place.shapes, { wasPlain: node.plain });
    return !isHidden && isTyped && looksTyped(text) || isPlain(text) ? text : writeText(text);
  }

  /** The words of a command without the secrets among them. */
  #withoutSecretWords(value: Tree): Tree {
    const items = value.kind === "list" ? value.items : [value];
    const words = items.map((item) => item.kind === "scalar" ? item.text : "");
    const shown = commandWords(words);
    const changed = items.map((item, index): Tree => {
      const text = shown[index];
      if (item.kind !== "scalar" || text === undefined || text === item.text) return item;
      this.hidden++;
      return { kind: "scalar", offset: item.offset, text, plain: item.plain };
    });
    return value.kind === "list" ? { ...value, items: changed } : changed[0] ?? value;
  }
}

/** Whether a mapping or a list has lines of its own, even if one line has room for it. */
function isAlwaysBlock(node: Tree, { key, depth }: Place): boolean {
  return node.kind === "list" ? depth <= 1 || key === "servers" : key === "services";
}

/** The default of a key as a node; undefined if it has none. */
function defaultOf({ written, shape }: FieldShape): Tree | undefined {
  if (written === undefined) return undefined;
  return { kind: "scalar", offset: 0, text: written, plain: isWrittenPlain([shape], { wasPlain: true }) };
}

function itemPlace({ key, parent, isSecret, shapes, depth }: Place): Place {
  // A key such as listen may have one value or a list.
  const items = itemShapes(shapes);
  return { key, parent, isSecret, shapes: items.length > 0 ? items : shapes, depth: depth + 1 };
}

function isOneLine(node: Tree, lines: readonly string[]): boolean {
  return lines.length === 1 && (node.kind === "scalar" || sizeOf(node) === 0 || /^[[{]/.test(lines[0] ?? ""));
}

function sizeOf(node: Exclude<Tree, ScalarNode>): number {
  return node.kind === "list" ? node.items.length : node.entries.length;
}

/** Whether a mapping or a list has at most one further level, so that one line of it is still easy to read. */
function isFlat(node: Exclude<Tree, ScalarNode>): boolean {
  const children = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  return children.every((child) => {
    if (child.kind === "scalar") return true;
    const inner = child.kind === "list" ? child.items : child.entries.map(({ value }) => value);
    return node.kind === "mapping" && inner.every(({ kind }) => kind === "scalar");
  });
}

function indented(line: string): string {
  return `  ${line}`;
}

/** Whether YAML reads a text without quotes as this text, also between braces and brackets. */
function isPlain(text: string): boolean {
  return /^[A-Za-z0-9_/](?:[\w./-]|:(?=[\w./-]))*$/.test(text) && !looksTyped(text) &&
    !/^(?:yes|no|on|off|y|n)$/i.test(text);
}
