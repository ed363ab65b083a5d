import { writeText } from "../config/mod.ts";
import { replaceUnfit } from "../model/mod.ts";

/** The place of a directive in an imported file. */
export interface Origin {
  /** Name of the file in messages. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** The directive without secrets, for messages: "checktype = negotiate". */
  readonly words: string;
}

/** A value on one line. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };

/** A value with its comments: the common members of entries and items. */
export interface Commented {
  /** The value; a block has several lines. */
  readonly value: Value | MappingBlock | ListBlock;
  /** The directives that it came from, a comment for each. */
  readonly origins?: readonly Origin[];
  /** Further comments. */
  readonly notes?: readonly string[];
}

/** A key with its value. */
export interface Entry extends Commented {
  /** The key. */
  readonly key: string;
  /**
   * Whether its mapping is removed without it.
   *
   * @default {false}
   */
  readonly essential?: boolean;
}

/** An item of a list. */
export type Item = Commented;

/** A mapping with each key on a line of its own. */
export class MappingBlock {
  /** Its keys in order. */
  readonly entries: readonly Entry[];

  /** Makes a mapping; undefined entries are skipped. */
  constructor(entries: readonly (Entry | undefined)[]) {
    this.entries = entries.filter((entry) => entry !== undefined);
  }
}

/** A list with each item on a line of its own. */
export class ListBlock {
  /** Its items. */
  readonly items: readonly Item[];

  /** Makes a list. */
  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

/** Converts a value to one line, without its comments. */
export function flatten(value: Value | MappingBlock | ListBlock): Value {
  if (value instanceof ListBlock) return value.items.map((item) => flatten(item.value));
  if (!(value instanceof MappingBlock)) return value;
  return Object.fromEntries(value.entries.map((entry) => [entry.key, flatten(entry.value)]));
}

/** A removable part of a document. */
export interface Part {
  /** The entry or item itself. */
  readonly node: Entry | Item;
  /** The part that contains it; undefined for an entry of the whole document. */
  readonly parent: Part | undefined;
}

/** A document as text. */
export interface Rendered {
  /** The text. */
  readonly text: string;
  /** The innermost part of each line; undefined for the header. */
  readonly parts: readonly (Part | undefined)[];
}

/** Line width above which a value gets several lines, the width of `deno fmt`. */
const MAX_WIDTH = 120;

/** Most characters of a comment. */
const MAX_COMMENT = 160;

/** Text that needs no quotes in YAML although it begins with a digit or contains signs: addresses, times, paths. */
const PLAIN =
  /^(?:\d+(?:\.\d+){3}(?:[:/]\d+)?|\d+(?:ms|s|m|h|d)|(?:tcp|udp|sctp):\/\/[\w.]+:\d+|fwmark6?:\d+|\/[\w./-]+)$/;

function writeScalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return PLAIN.test(value) ? value : writeText(value);
}

/** Formats a value on one line. */
export function writeValue(value: Value): string {
  if (typeof value !== "object") return writeScalar(value);
  if (isList(value)) return `[${value.map(writeValue).join(", ")}]`;
  const parts = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${key}: ${writeValue(each)}`]
  );
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

/** Formats a value, on several lines if one is too long; the first line begins with `lead`. */
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
  // The first key of a list's item follows its dash; the first key of a mapping begins a new line.
  if (lead.endsWith("- ")) return [`${lead}${lines[0]?.slice(indent) ?? ""}`, ...lines.slice(1)];
  return [lead.trimEnd(), ...lines];
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Puts text on one line, without characters that have a meaning for terminals or YAML. */
export function onOneLine(text: string): string {
  return replaceUnfit(text, () => " ").trim().toWellFormed();
}

/** Formats a comment on one line. */
function comment(text: string): string {
  const clean = onOneLine(text);
  // Truncate by characters, because half of a surrogate pair is not text.
  return `# ${clean.length > MAX_COMMENT ? `${[...clean].slice(0, MAX_COMMENT - 3).join("")}...` : clean}`;
}

/** Formats a place for comments, without directories: "web.cf:12 checktype = negotiate". */
export function formatOrigin({ file, line, words }: Origin): string {
  return `${file.slice(file.lastIndexOf("/") + 1)}:${line} ${words}`;
}

function commentsOf({ origins = [], notes = [] }: Commented): string[] {
  return [...new Set([...origins.map(formatOrigin), ...notes])].map(comment);
}

/** Writes a document, line by line. */
class Renderer {
  readonly #removed: ReadonlySet<Entry | Item>;
  readonly #lines: string[] = [];
  readonly #parts: (Part | undefined)[] = [];

  constructor(removed: ReadonlySet<Entry | Item>) {
    this.#removed = removed;
  }

  get rendered(): Rendered {
    return { text: this.#lines.map((line) => `${line}\n`).join(""), parts: this.#parts };
  }

  line(text: string, part?: Part): void {
    this.#lines.push(text);
    this.#parts.push(part);
  }

  /** Whether anything of a part remains. */
  isWritten(node: Entry | Item): boolean {
    if (this.#removed.has(node)) return false;
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

  /** Writes a key or a dash with its value; a single short comment follows on its line, others precede it. */
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
    // A comment above would separate the dash from its first key.
    const canPrecede = lead.trim() === "";
    if (comments.length === 0) this.line(text, part);
    else if (!canPrecede || (comments.length === 1 && more.length === 0 && text.length + only.length < MAX_WIDTH)) {
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
 * Formats a document.
 *
 * @param header The comments at the start, one line each.
 * @param document The file's keys.
 * @param options.removed The removed parts. A mapping is removed with an essential entry, or with all entries.
 */
export function renderDocument(
  header: readonly string[],
  document: MappingBlock,
  options: { readonly removed?: ReadonlySet<Entry | Item> | undefined } = {},
): Rendered {
  const renderer = new Renderer(options.removed ?? new Set());
  for (const text of header) renderer.line(comment(text));
  renderer.mapping(document, { indent: 0, lead: "" });
  return renderer.rendered;
}
