import { LvsctlError } from "../../errors/mod.ts";
import { beside, expandPattern, isPattern } from "./glob.ts";
import { valueOf } from "./defaults.ts";
import type { SourceReport } from "./source_report.ts";
import { isBroken, looksTyped, quote, type ScalarNode, type Tree } from "./tree.ts";

/** What including needs of the file system. */
export interface IncludedFiles {
  /**
   * The text of a file.
   *
   * @throws {LvsctlError} If it cannot be read.
   */
  readFile(path: string): string;
  /** The names in a directory; none where there is no such directory. */
  listDirectory(path: string): readonly string[];
  /** The one path of a file, whatever links lead to it; the path itself where there is no such file. */
  realPath(path: string): string;
}

/** A file of a reading: its values, and those that it includes, which come after it. */
export interface FileTree {
  /** What it says. */
  readonly tree: Tree;
  /** The files that it includes. */
  readonly included: readonly FileTree[];
}

/** How deep files may include each other. */
const MAX_DEPTH = 16;

/** How many files one may include in all. */
const MAX_FILES = 10_000;

/** A file on the way to the one that is read. */
interface Including {
  /** Its name, as messages have it. */
  readonly file: string;
  /** Its one path. */
  readonly path: string;
}

/** The paths and patterns that a file includes; whatever else stands there is for the reader of the file to report. */
function includesOf(tree: Tree): readonly ScalarNode[] {
  const written = tree.kind === "mapping" ? valueOf(tree, "include") : undefined;
  const nodes = written?.kind === "list" ? written.items : [written];
  return nodes.filter((node) => node?.kind === "scalar")
    .filter((node) => !isBroken(node) && node.text !== "" && !(node.plain && looksTyped(node.text)));
}

/** Reads the files that a file includes, and those that these include. */
export class Includer {
  readonly #files: IncludedFiles | undefined;
  readonly #report: SourceReport;
  readonly #parse: (text: string, base: number) => Promise<Tree | undefined>;
  /** Where each file was included first, by its path. */
  readonly #seen = new Map<string, number>();
  /** Names of the files that were read, for whoever wants to know. */
  readonly names: string[] = [];

  /**
   * Makes one for a reading.
   *
   * @param parts.files The file system; without it, nothing can be included.
   * @param parts.parse Makes the tree of a text whose first character has the given offset in the reading.
   */
  constructor(
    parts: {
      readonly files: IncludedFiles | undefined;
      readonly report: SourceReport;
      readonly parse: (text: string, base: number) => Promise<Tree | undefined>;
    },
  ) {
    this.#files = parts.files;
    this.#report = parts.report;
    this.#parse = parts.parse;
  }

  /**
   * The file with everything that it includes; what goes wrong is reported.
   *
   * @param file The file's name; "-" is standard input, whose includes are seen from the current directory.
   */
  async read(file: string, tree: Tree): Promise<FileTree> {
    const name = file === "-" ? "" : file;
    return await this.#read(tree, [{ file: name, path: name === "" ? "" : this.#files?.realPath(name) ?? name }]);
  }

  async #read(tree: Tree, chain: readonly Including[]): Promise<FileTree> {
    const included: FileTree[] = [];
    const file = chain.at(-1)?.file ?? "";
    for (const node of includesOf(tree)) {
      for (const path of this.#paths(node, file)) {
        const one = await this.#include(path, { node, chain });
        if (one !== undefined) included.push(one);
      }
    }
    return { tree, included };
  }

  #paths(node: ScalarNode, file: string): readonly string[] {
    const files = this.#files;
    if (files === undefined) {
      this.#report.addProblem(node.offset, "files cannot be included here");
      return [];
    }
    const path = beside(file, node.text);
    if (!isPattern(node.text)) return [path];
    try {
      return expandPattern(path, (directory) => files.listDirectory(directory));
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#report.addProblem(node.offset, error.message);
      return [];
    }
  }

  async #include(
    file: string,
    { node, chain }: { readonly node: ScalarNode; readonly chain: readonly Including[] },
  ): Promise<FileTree | undefined> {
    const report = this.#report;
    const path = this.#files?.realPath(file) ?? file;
    const from = chain.findIndex((including) => including.path === path);
    if (from >= 0) {
      const circle = [...chain.slice(from).map((including) => including.file), file].join(" -> ");
      report.addProblem(node.offset, `the files include each other in a circle: ${circle}`);
      return undefined;
    }
    const first = this.#seen.get(path);
    if (first !== undefined) {
      const place = report.lineOf(first, { from: node.offset });
      report.addProblem(node.offset, `${quote(file)} is included twice: ${place} includes it already`);
      return undefined;
    }
    this.#seen.set(path, node.offset);
    if (chain.length >= MAX_DEPTH || this.#seen.size > MAX_FILES) {
      const limit = chain.length >= MAX_DEPTH ? `${MAX_DEPTH} files deep` : `${MAX_FILES} files`;
      report.addProblem(node.offset, `files may include each other ${limit} at most`);
      return undefined;
    }
    const tree = await this.#parse(...this.#open(file, node.offset));
    return tree === undefined ? undefined : await this.#read(tree, [...chain, { file, path }]);
  }

  /** The text of a file and its place in the reading; an empty one if it cannot be read. */
  #open(file: string, offset: number): [string, number] {
    try {
      const text = this.#files?.readFile(file).replace(/^\ufeff/, "") ?? "";
      const base = this.#report.addFile(file, text);
      this.names.push(file);
      return [text, base];
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#report.addProblem(offset, error.message);
      return ["", offset];
    }
  }
}
