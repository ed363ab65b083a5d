import { writeText } from "../config/mod.ts";
import { replaceUnfit } from "../model/mod.ts";

/** Where something stands in a file that is imported. */
export interface Origin {
  /** Name of the file, as messages have it. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** What stands there, for people: "checktype = negotiate". No secrets. */
  readonly words: string;
}

/** A value that is written on one line. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };

/** What entries and items have in common. */
interface Common {
  /** What is written; a block goes over several lines. */
  readonly value: Value | MappingBlock | ListBlock;
  /** What it was made of. Each is a comment. */
  readonly origins?: readonly Origin[];
  /** What else a reader should know, a comment each. */
  readonly notes?: readonly string[];
}

/** A key with its value. */
export interface Entry extends Common {
  /** The key. */
  readonly key: string;
  /**
   * Whether the mapping that it is in makes no sense without it.
   *
   * @default {false}
   */
  readonly essential?: boolean;
}

/** An item of a list. */
export type Item = Common;

/** A mapping with each key on a line of its own. */
export class MappingBlock {
  /** Its keys, in this order. */
  readonly entries: readonly Entry[];

  /** Makes one; entries that are undefined are left out. */
  constructor(entries: readonly (Entry | undefined)[]) {
    this.entries = entries.filter((entry) => entry !== undefined);
  }
}

/** A list with each item on a line of its own. */
export class ListBlock {
  /** Its items. */
  readonly items: readonly Item[];

  /** Makes one. */
  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

/** A value on one line, of whatever it was made; comments are lost. */
export function flatten(value: Value | MappingBlock | ListBlock): Value {
  if (value instanceof ListBlock) return value.items.map((item) => flatten(item.value));
  if (!(value instanceof MappingBlock)) return value;
  return Object.fromEntries(value.entries.map((entry) => [entry.key, flatten(entry.value)]));
}

/** A part of a document that can be left out. */
export interface Part {
  /** The entry or item itself. */
  readonly node: Entry | Item;
  /** What it stands in; undefined for an entry of the whole document. */
  readonly parent: Part | undefined;
}

/** A document as text. */
export interface Rendered {
  /** The text. */
  readonly text: string;
  /** Of each line, the innermost part that it belongs to; undefined for the header. */
  readonly parts: readonly (Part | undefined)[];
}

/** Longest line where there is a choice, as `deno fmt` and people have it. */
const MAX_WIDTH = 120;

/** Longest comment. */
const MAX_COMMENT = 160;

/** Text that YAML reads as text although it begins with a digit or has signs in it: addresses, times, paths. */
const PLAIN =
  /^(?:\d+(?:\.\d+){3}(?::\d+)?|\d+(?:ms|s|m|h|d)|(?:tcp|udp|sctp):\/\/[\w.]+:\d+|fwmark6?:\d+|\/[\w./-]+)$/;

function writeScalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return PLAIN.test(value) ? value : writeText(value);
}

/** Writes a value on one line. */
export function writeValue(value: Value): string {
  if (typeof value !== "object") return writeScalar(value);
  if (isList(value)) return `[${value.map(writeValue).join(", ")}]`;
  const parts = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${key}: ${writeValue(each)}`]
  );
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

/** Writes a value on several lines where one would be too long; the first of them goes on where `lead` ends. */
function valueLines(value: Value, { lead, indent }: { readonly lead: string; readonly indent: number }): string[] {
  const flow = `${lead}${writeValue(value)}`;
  if (flow.length <= MAX_WIDTH || typeof value !== "object") return [flow];
  const blanks = " ".repeat(indent);
  const parts: readonly (readonly [string, Value | undefined])[] = isList(value)
    ? value.map((item) => ["- ", item])
    : Object.entries(value).map(([key, each]) => [`${key}: `, each]);
  const lines = parts.flatMap(([key, each]) => {
    return each === undefined ? [] : valueLines(each, { lead: `${blanks}${key}`, indent: indent + 2 });
  });
  // The keys of a list's item begin behind its dash, those of a mapping on a line of their own.
  if (lead.endsWith("- ")) return [`${lead}${lines[0]?.slice(indent) ?? ""}`, ...lines.slice(1)];
  return [lead.trimEnd(), ...lines];
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Text for people: on one line, without what a terminal or YAML would take for something else. */
export function onOneLine(text: string): string {
  return replaceUnfit(text, () => " ").trim().toWellFormed();
}

/** Text as a comment: on one line, without what YAML does not take there. */
function comment(text: string): string {
  const clean = onOneLine(text);
  // By characters: half of a pair would not be text.
  return `# ${clean.length > MAX_COMMENT ? `${[...clean].slice(0, MAX_COMMENT - 3).join("")}...` : clean}`;
}

/** An origin as comments have it: "web.cf:12 checktype = negotiate". Directories are left out. */
export function formatOrigin({ file, line, words }: Origin): string {
  return `${file.slice(file.lastIndexOf("/") + 1)}:${line} ${words}`;
}

function commentsOf({ origins = [], notes = [] }: Common): string[] {
  return [...new Set([...origins.map(formatOrigin), ...notes])].map(comment);
}

/** Writes a document, line by line. */
class Renderer {
  readonly #left: ReadonlySet<Entry | Item>;
  readonly #lines: string[] = [];
  readonly #parts: (Part | undefined)[] = [];

  constructor(left: ReadonlySet<Entry | Item>) {
    this.#left = left;
  }

  get rendered(): Rendered {
    return { text: this.#lines.map((line) => `${line}\n`).join(""), parts: this.#parts };
  }

  line(text: string, part?: Part): void {
    this.#lines.push(text);
    this.#parts.push(part);
  }

  /** Whether anything is to be written of a part. */
  isWritten(node: Entry | Item): boolean {
    if (this.#left.has(node)) return false;
    const { value } = node;
    if (value instanceof ListBlock) return value.items.some((item) => this.isWritten(item));
    if (!(value instanceof MappingBlock)) return true;
    if (value.entries.some((entry) => entry.essential === true && !this.isWritten(entry))) return false;
    return value.entries.some((entry) => this.isWritten(entry));
  }

  mapping(block: MappingBlock, at: { readonly indent: number; readonly lead: string; readonly parent?: Part }): void {
    let { lead } = at;
    for (const entry of block.entries) {
      if (!this.isWritten(entry)) continue;
      const part = { node: entry, parent: at.parent };
      this.#node(part, { indent: at.indent, lead, key: `${entry.key}:` });
      lead = " ".repeat(at.indent);
    }
  }

  #list(block: ListBlock, at: { readonly indent: number; readonly parent: Part }): void {
    for (const item of block.items) {
      if (!this.isWritten(item)) continue;
      const part = { node: item, parent: at.parent };
      if (item.value instanceof MappingBlock) {
        for (const text of commentsOf(item)) this.line(`${" ".repeat(at.indent)}${text}`, part);
        const lead = `${" ".repeat(at.indent)}- `;
        this.mapping(item.value, { indent: at.indent + 2, lead, parent: part });
      } else this.#node(part, { indent: at.indent, lead: " ".repeat(at.indent), key: "-" });
    }
  }

  /** Writes a key or a dash with what belongs to it; a single short comment goes behind it, others above. */
  #node(part: Part, at: { readonly indent: number; readonly lead: string; readonly key: string }): void {
    const { node } = part;
    const { indent, lead, key } = at;
    const { value } = node;
    const isBlock = value instanceof MappingBlock || value instanceof ListBlock;
    const [text = "", ...more] = isBlock
      ? [`${lead}${key}`]
      : valueLines(value, { lead: `${lead}${key} `, indent: indent + 2 });
    const comments = commentsOf(node);
    const [only = ""] = comments;
    // A comment above would come between the dash and its first key.
    const mayGoAbove = lead.trim() === "";
    if (comments.length === 0) this.line(text, part);
    else if (!mayGoAbove || (comments.length === 1 && more.length === 0 && text.length + only.length < MAX_WIDTH)) {
      this.line(`${text} ${comments.join("; ").replaceAll("; # ", "; ")}`, part);
    } else {
      for (const each of comments) this.line(`${lead}${each}`, part);
      this.line(text, part);
    }
    for (const line of more) this.line(line, part);
    if (value instanceof MappingBlock) {
      this.mapping(value, { indent: indent + 2, lead: " ".repeat(indent + 2), parent: part });
    } else if (value instanceof ListBlock) this.#list(value, { indent: indent + 2, parent: part });
  }
}

/**
 * Writes a document.
 *
 * @param header Comments to begin with, one line each.
 * @param document The file's keys.
 * @param options.left Parts that are left out. A mapping goes with its essential entries, and with its last one.
 */
export function renderDocument(
  header: readonly string[],
  document: MappingBlock,
  options: { readonly left?: ReadonlySet<Entry | Item> } = {},
): Rendered {
  const renderer = new Renderer(options.left ?? new Set());
  for (const text of header) renderer.line(comment(text));
  renderer.mapping(document, { indent: 0, lead: "" });
  return renderer.rendered;
}
