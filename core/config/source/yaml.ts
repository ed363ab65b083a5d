import type * as Yaml from "yaml";
import { isSecretKey } from "../../model/mod.ts";
import type { SourceReport } from "./source_report.ts";
import { isNothing, type MappingEntry, type Tree } from "./tree.ts";

type Library = typeof Yaml;

/** Loads the library when the first file needs it: it is large, and most commands read no YAML. */
async function loadLibrary(): Promise<Library> {
  return await import("yaml");
}

/** How deep lists and mappings may be in each other: more than a file of any form needs, less than the stack holds. */
const MAX_DEPTH = 50;

const TOO_DEEP = "lists and mappings are nested too deeply";

/** How many nodes the aliases of a file may stand for in all; a few lines can stand for billions. */
const MAX_ALIASED_NODES = 100_000;

/** The library's words where they are too far from what the user did. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^Tabs are not allowed/, "tabs are not allowed as indentation: use spaces"],
  [/multiple documents/, "a second document starts here: a file holds one"],
  [/^Implicit map keys need/, "a key has to be followed by a colon, a space and its value"],
  [/^Implicit keys need/, "a key has to be on one line, followed by a colon, a space and its value"],
  [/^Nested mappings are/, "a second key on one line: text with a colon and a space in it has to be in quotes"],
  [
    /^Unexpected .* at node end/,
    'unexpected text after the end of a value: text that starts with [, { or a quote has to be in quotes, as in "[2001:db8::1]:80"',
  ],
  [/^Missing closing '/, "the closing single quote is missing"],
  [/^Missing closing "/, "the closing double quote is missing"],
  [/^All sequence items/, "all items of a list have to start in the same column"],
  [/^All mapping items/, "all keys of a mapping have to start in the same column"],
  [/^Flow sequence in/, "a list that starts with [ has to be indented and to end with ]"],
  [/^Flow map in/, "a mapping that starts with { has to be indented and to end with }"],
  [/^Unresolved tag: tag:yaml\.org,2002:(\S+)/, "the tag !!$1 is not supported"],
  [/^Unresolved tag: (\S+)/, "the tag $1 is not supported"],
  [/^Unexpected .* token in YAML stream: (".*")$/, "unexpected $1 after the end of a value"],
  [/^Block collections are not allowed within flow/, "inside { } and [ ], a comma has to be between two items"],
  [/^Missing , /, "a comma has to be between two items"],
  [/^Sequence item without/, "an item of a list has to start with a dash, in the column of the items above"],
  [/^A block sequence may not be used/, "the list is indented unlike the lines above"],
];

/** What is told of a line with a secret, for the library's words repeat parts of it. */
const SECRET_SENTENCE = "not valid YAML: a value that has quotes, a colon or a # in it has to be in quotes as a whole";

/** A variable or a range inside a list or a mapping that is written with brackets or braces. */
const BRACKETS = /[[{][^"']*(?:\$\{|[.:\w]\[[\w,-]+\])/;

const BRACKETS_SENTENCE =
  'not valid YAML: inside { } and [ ], a value with such signs has to be in quotes, as "${NAME}" or "10.0.0.[11-13]:80"';

function isSecretLine(line: string): boolean {
  return [...line.matchAll(/([\w-]+)["']?\s*:/g)].some(([, key = ""]) => isSecretKey(key));
}

function sentence(error: Yaml.YAMLError): string {
  if (error.code === "RESOURCE_EXHAUSTION") return TOO_DEEP;
  const [text = ""] = error.message.split("\n");
  for (const [pattern, words] of SENTENCES) {
    const match = pattern.exec(text);
    if (match !== null) return words.replace("$1", () => match[1] ?? "");
  }
  return `not valid YAML: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** Reports each line's first error only: the others follow from it. */
function reportErrors(document: Yaml.Document, place: { readonly report: SourceReport; readonly base: number }): void {
  const { report, base } = place;
  const errors = [...document.errors, ...document.warnings];
  const told = new Set<string>();
  for (const error of errors.some(({ code }) => code === "RESOURCE_EXHAUSTION") ? errors.slice(0, 1) : errors) {
    const offset = base + error.pos[0];
    const line = report.lineOf(offset, { from: offset });
    if (told.has(line)) continue;
    told.add(line);
    const text = report.lineAt(offset);
    report.addProblem(
      offset,
      isSecretLine(text) ? SECRET_SENTENCE : BRACKETS.test(text) ? BRACKETS_SENTENCE : sentence(error),
    );
  }
}

/** Makes our nodes of the library's, aliases resolved. */
class Conversion {
  readonly #yaml: Library;
  readonly #report: SourceReport;
  readonly #base: number;
  /** The nodes that anchors stand for at this point of the file; undefined while such a node is being made. */
  readonly #anchors = new Map<string, Tree | undefined>();
  /** Nodes under a node, itself included, with aliases counted as what they stand for. */
  readonly #sizes = new Map<Tree, number>();
  #aliased = 0;
  #depth = 0;

  constructor(yaml: Library, place: { readonly report: SourceReport; readonly base: number }) {
    this.#yaml = yaml;
    this.#report = place.report;
    this.#base = place.base;
  }

  /** Makes a node; what is not written at all becomes an empty scalar at the given offset. */
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
    // The failsafe schema gives every scalar as a string, so that its type is ours to decide.
    const text = typeof node.value === "string" ? node.value : "";
    return { kind: "scalar", offset, text, plain: node.type === "PLAIN" };
  }

  #resolve(alias: Yaml.Alias, offset: number): Tree {
    const start = this.#offsetOf(alias, offset);
    const nothing: Tree = { kind: "scalar", offset: start, text: "", plain: true };
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      const reason = this.#anchors.has(alias.source) ? "stands for something that it is part of" : "has no anchor";
      this.#report.addProblem(start, `the alias *${alias.source} ${reason}`);
      return nothing;
    }
    const before = this.#aliased;
    this.#aliased += this.#sizes.get(target) ?? 1;
    if (this.#aliased <= MAX_ALIASED_NODES) return target;
    if (before <= MAX_ALIASED_NODES) {
      this.#report.addProblem(start, `the aliases of the file stand for more than ${MAX_ALIASED_NODES} values`);
    }
    return nothing;
  }
}

/**
 * Reads YAML; what is wrong with its syntax is reported to the reading.
 *
 * @param options.base The offset of the text's first character in the reading; 0 for the file that was asked for.
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
  const document = yaml.parseDocument<Yaml.ParsedNode>(text, {
    schema: "failsafe",
    merge: false,
    prettyErrors: false,
    // Duplicate keys are reported with everything else, by whoever reads the mapping.
    uniqueKeys: false,
  });
  reportErrors(document, place);
  // What is broken would only be misunderstood.
  if (report.problemReports > before || document.contents === null) return undefined;
  const tree = new Conversion(yaml, place).convert(document.contents, place.base);
  return isNothing(tree) || report.problemReports > before ? undefined : tree;
}
