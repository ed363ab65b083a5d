import type * as Yaml from "yaml";
import { mayHoldSecret } from "../../model/mod.ts";
import type { SourceReport } from "./source_report.ts";
import { isNothing, type MappingEntry, type Tree } from "./tree.ts";

type Library = typeof Yaml;

/** Loads the library on first use: it is large, and most commands read no YAML. */
async function loadLibrary(): Promise<Library> {
  return await import("yaml");
}

/** Largest depth of nested lists and mappings: more than any valid file needs, less than the stack allows. */
const MAX_DEPTH = 50;

const TOO_DEEP = "lists and mappings must not be nested more than 50 deep";

/** Largest number of nodes that the aliases of a file expand to: a few lines can expand to billions. */
const MAX_ALIASED_NODES = 100_000;

/** Replacements for messages of the library that do not name the user's mistake. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^Tabs are not allowed/, "tabs are not allowed as indentation; use spaces"],
  [/multiple documents/, "a file must contain one document; a second one starts here"],
  [/^Implicit map keys need/, "a key must be followed by a colon, a space and its value"],
  [/^Implicit keys need/, "a key must be on one line, followed by a colon, a space and its value"],
  [/^Nested mappings are/, "a line must have one key; put text with a colon and a space in it into quotes"],
  [
    /^Unexpected .* at node end/,
    'unexpected text after the end of a value; put text that starts with [, { or a quote into quotes, as in "[2001:db8::1]:80"',
  ],
  [/^Missing closing '/, "the closing single quote is missing"],
  [/^Missing closing "/, "the closing double quote is missing"],
  [/^All sequence items/, "all items of a list must start in the same column"],
  [/^All mapping items/, "all keys of a mapping must start in the same column"],
  [/^Flow sequence in/, "a list that starts with [ must be indented and end with ]"],
  [/^Flow map in/, "a mapping that starts with { must be indented and end with }"],
  [/^Unresolved tag: tag:yaml\.org,2002:(\S+)/, "the tag !!$1 is not supported"],
  [/^Unresolved tag: (\S+)/, "the tag $1 is not supported"],
  [/^Unexpected .* token in YAML stream: (".*")$/, "unexpected $1 after the end of a value"],
  [/^Block collections are not allowed within flow/, "inside { } and [ ], two items must be separated by a comma"],
  [/^Missing , /, "two items must be separated by a comma"],
  [/^Sequence item without/, "an item of a list must start with a dash, in the column of the items above"],
  [/^A block sequence may not be used/, "the indentation of the list differs from the lines above"],
];

/** The message for a line with a secret, because the library's messages repeat parts of the line. */
const SECRET_SENTENCE = "not valid YAML: put a whole value that contains quotes, a colon or a # into quotes";

/** A variable or a range. */
const EXPANSION = /\$\{|[.:\w]\[[\w,-]+\]/;

const BRACKETS_SENTENCE =
  'not valid YAML: inside { } and [ ], put a value that contains braces or brackets into quotes, as in "${NAME}" or "10.0.0.[11-13]:80"';

/** Whether a variable or a range is inside a list with brackets or a mapping with braces, outside of quotes. */
function hasBrackets(line: string): boolean {
  return line.split(/["']/).some((part) => {
    const bracket = part.search(/[[{]/);
    return bracket >= 0 && EXPANSION.test(part.slice(bracket + 1));
  });
}

function isSecretLine(line: string): boolean {
  // Matches begin at the start of a word only: otherwise a long word would take quadratic time.
  return [...line.matchAll(/(?<![\w-])([\w-]+)["']?\s*:/g)].some(([, key = ""]) => mayHoldSecret(key));
}

/** The message for an error; that of an included file, which may be any file of the machine, quotes none of its text. */
function sentence(error: Yaml.YAMLError, { isIncluded }: { readonly isIncluded: boolean }): string {
  if (error.code === "RESOURCE_EXHAUSTION") return TOO_DEEP;
  const [text = ""] = error.message.split("\n");
  for (const [pattern, words] of SENTENCES) {
    const match = pattern.exec(text);
    if (match !== null) return words.replace("$1", () => isIncluded ? "..." : match[1] ?? "");
  }
  return isIncluded ? "not valid YAML" : `not valid YAML: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** Reports the first error of each line only: the others are caused by it. */
function reportErrors(document: Yaml.Document, place: { readonly report: SourceReport; readonly base: number }): void {
  const { report, base } = place;
  const errors = [...document.errors, ...document.warnings];
  const reported = new Set<string>();
  for (const error of errors.some(({ code }) => code === "RESOURCE_EXHAUSTION") ? errors.slice(0, 1) : errors) {
    const offset = base + error.pos[0];
    const line = report.lineOf(offset, { from: offset });
    if (reported.has(line)) continue;
    reported.add(line);
    const text = report.lineAt(offset);
    report.addProblem(
      offset,
      isSecretLine(text)
        ? SECRET_SENTENCE
        : hasBrackets(text)
        ? BRACKETS_SENTENCE
        : sentence(error, { isIncluded: base > 0 }),
    );
  }
}

/** Converts the library's nodes into trees, with aliases resolved. */
class Conversion {
  readonly #yaml: Library;
  readonly #report: SourceReport;
  readonly #base: number;
  /** The nodes of the anchors at this point of the file; undefined during the conversion of the node itself. */
  readonly #anchors = new Map<string, Tree | undefined>();
  /** Number of nodes in each tree, with aliases expanded. */
  readonly #sizes = new Map<Tree, number>();
  #aliased = 0;
  #depth = 0;

  constructor(yaml: Library, place: { readonly report: SourceReport; readonly base: number }) {
    this.#yaml = yaml;
    this.#report = place.report;
    this.#base = place.base;
  }

  /** Converts a node; a missing node becomes an empty scalar at the given offset. */
  convert(node: Yaml.Node | null, offset: number): Tree {
    if (this.#yaml.isAlias(node)) return this.#resolve(node, offset);
    const anchor = this.#yaml.isNode(node) && "anchor" in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const tree = this.#make(node, this.#offsetOf(node, offset));
    const children = tree.kind === "list"
      ? tree.items
      : tree.kind === "mapping"
      ? tree.entries.flatMap(({ key, value }) => [key, value])
      : [];
    this.#sizes.set(tree, children.reduce((sum, child) => sum + (this.#sizes.get(child) ?? 1), 1));
    if (anchor !== undefined) this.#anchors.set(anchor, tree);
    return tree;
  }

  #offsetOf(node: Yaml.Node | null, otherwise: number): number {
    const start = node?.range?.[0];
    return start === undefined ? otherwise : this.#base + start;
  }

  #make(node: Yaml.Node | null, offset: number): Tree {
    if (this.#depth > MAX_DEPTH) {
      this.#report.addProblem(offset, TOO_DEEP);
      return { kind: "scalar", offset, text: "", plain: true };
    }
    this.#depth++;
    const tree = this.#copy(node, offset);
    this.#depth--;
    return tree;
  }

  #copy(node: Yaml.Node | null, offset: number): Tree {
    if (this.#yaml.isSeq<Yaml.Node | null>(node)) {
      return { kind: "list", offset, items: node.items.map((item) => this.convert(item, offset)) };
    }
    if (this.#yaml.isMap<Yaml.Node, Yaml.Node | null>(node)) {
      const entries = node.items.map((pair): MappingEntry => {
        const key = this.convert(pair.key, offset);
        return { key, value: this.convert(pair.value, key.offset) };
      });
      return { kind: "mapping", offset, entries };
    }
    if (!this.#yaml.isScalar(node)) return { kind: "scalar", offset, text: "", plain: true };
    // The failsafe schema leaves every scalar a string, because the type depends on the key.
    const text = typeof node.value === "string" ? node.value : "";
    return { kind: "scalar", offset, text, plain: node.type === "PLAIN" };
  }

  #resolve(alias: Yaml.Alias, offset: number): Tree {
    const start = this.#offsetOf(alias, offset);
    const nothing: Tree = { kind: "scalar", offset: start, text: "", plain: true };
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      // Without its name, which may be a password that begins with *.
      this.#report.addProblem(
        start,
        this.#anchors.has(alias.source)
          ? "the alias is part of its own anchor"
          : "the alias has no anchor; put text that begins with * into quotes",
      );
      return nothing;
    }
    const before = this.#aliased;
    this.#aliased += this.#sizes.get(target) ?? 1;
    if (this.#aliased <= MAX_ALIASED_NODES) return target;
    if (before <= MAX_ALIASED_NODES) {
      this.#report.addProblem(
        start,
        `the aliases of the file must not expand to more than ${MAX_ALIASED_NODES} values`,
      );
    }
    return nothing;
  }
}

/** What the library's lexer emits before the text of a scalar. */
const SCALAR = "\u001f";

/** As many successive indicators of lists and mappings as may be nested. */
const MANY_INDICATORS = new RegExp(`(?:[-?:][ \\t]+){${MAX_DEPTH}}`);

/**
 * The offset of the first bracket, brace or indicator (`- - -`) that is nested too deep; undefined if there is none. The
 * library's lexer takes linear time, but its parser takes quadratic time for nested brackets, and is recursive.
 */
function depthExcess(yaml: Library, text: string): number | undefined {
  if (!hasManyBrackets(text) && !MANY_INDICATORS.test(text)) return undefined;
  let [offset, depth, indicators, isScalar] = [0, 0, 0, false];
  for (const token of new yaml.Lexer().lex(text)) {
    if (!isScalar && (token === "[" || token === "{")) depth++;
    if (!isScalar && (token === "]" || token === "}")) depth = Math.max(depth - 1, 0);
    if (!isScalar && /^[-?:]$/.test(token)) indicators++;
    else if (!/^[ \t]+$/.test(token)) indicators = 0;
    if (depth > MAX_DEPTH || indicators > MAX_DEPTH) return offset;
    isScalar = !isScalar && token === SCALAR;
    // The marks of scalars, documents and errors are no characters of the text.
    if (text.startsWith(token, offset)) offset += token.length;
  }
  return undefined;
}

/** Whether a text has enough brackets and braces to be too deep. */
function hasManyBrackets(text: string): boolean {
  const brackets = /[[{]/g;
  for (let count = 0; count <= MAX_DEPTH; count++) if (!brackets.test(text)) return false;
  return true;
}

/** Parses a text; undefined if its nesting overflows the stack, as thousands of keys on one line do. */
function parseDocument(
  yaml: Library,
  text: string,
  options: Pick<Yaml.ParseOptions & Yaml.SchemaOptions, "customTags"> = {},
): Yaml.Document.Parsed | undefined {
  try {
    return yaml.parseDocument<Yaml.ParsedNode>(text, {
      schema: "failsafe",
      ...options,
      merge: false,
      prettyErrors: false,
      // The reader of the mapping reports duplicate keys, together with all other problems.
      uniqueKeys: false,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * Parses YAML; syntax errors go to the report.
 *
 * @param options.base The offset of the text's first character in the report; 0 for the main file.
 * @returns The file's one document; undefined if it is empty or broken.
 */
export async function readYaml(
  text: string,
  report: SourceReport,
  options: { readonly base?: number } = {},
): Promise<Tree | undefined> {
  const place = { report, base: options.base ?? 0 };
  const before = report.problemReports;
  const yaml = await loadLibrary();
  const deep = depthExcess(yaml, text);
  if (deep !== undefined) {
    report.addProblem(place.base + deep, TOO_DEEP);
    return undefined;
  }
  const document = parseDocument(yaml, text);
  if (document === undefined) {
    report.addProblem(place.base, TOO_DEEP);
    return undefined;
  }
  reportErrors(document, place);
  // A tree with syntax errors would cause false problems.
  if (report.problemReports > before || document.contents === null) return undefined;
  const tree = new Conversion(yaml, place).convert(document.contents, place.base);
  return isNothing(tree) || report.problemReports > before ? undefined : tree;
}

/**
 * Writes a valid document in the library's layout.
 *
 * @returns The text, and the comments of the document before it.
 */
export async function formatYaml(
  text: string,
): Promise<{ readonly text: string; readonly comments: readonly string[] }> {
  const yaml = await loadLibrary();
  // A key without a value can be written only with this tag.
  const document = parseDocument(yaml, text, { customTags: ["null"] });
  const comments = [...new yaml.Lexer().lex(text)].filter((token) => token.startsWith("#"));
  // The library would write an empty file as null.
  if (document === undefined || document.contents === null) return { text, comments };
  padFlows(yaml, document);
  return { text: document.toString({ lineWidth: 0 }), comments };
}

/** Writes `{ a: b }` and `[a, b]`, as save does: the library pads both or none. */
function padFlows(yaml: Library, document: Yaml.Document): void {
  const pad = (node: Yaml.YAMLMap | Yaml.YAMLSeq, flowCollectionPadding: string): void => {
    const write = node.toString.bind(node);
    node.toString = (context, ...events) =>
      write(context === undefined ? undefined : { ...context, flowCollectionPadding }, ...events);
  };
  yaml.visit(document, { Map: (_, node) => pad(node, " "), Seq: (_, node) => pad(node, "") });
}
