import { LvsctlError } from "../../errors/mod.ts";
import { expandPattern, isPattern, resolvePath } from "./glob.ts";
import { valueOf } from "./defaults.ts";
import type { SourceReport } from "./source_report.ts";
import { isBroken, looksTyped, quote, type ScalarNode, type Tree } from "./tree.ts";

/** Access to the file system, for `include`. */
export interface IncludedFiles {
  /**
   * The text of a file.
   *
   * @throws {LvsctlError} If the file cannot be read.
   */
  readFile(path: string): string;
  /** The names in a directory; empty if the directory does not exist. */
  listDirectory(path: string): readonly string[];
  /** The path of a file with symbolic links resolved; the path itself if the file does not exist. */
  realPath(path: string): string;
}

/** A file and its included files, in the order in which they are read. */
export interface FileTree {
  /** The document of the file. */
  readonly tree: Tree;
  /** The included files. */
  readonly included: readonly FileTree[];
}

/** Largest depth of files that include each other. */
const MAX_DEPTH = 16;

/** Largest number of included files in total. */
const MAX_FILES = 10_000;

/** A file in the chain of including files. */
interface Including {
  /** The file's name in messages. */
  readonly file: string;
  /** The file's path with symbolic links resolved. */
  readonly path: string;
}

/** The paths and patterns under `include`; the reader of the file reports invalid values. */
function includesOf(tree: Tree): readonly ScalarNode[] {
  const written = tree.kind === "mapping" ? valueOf(tree, "include") : undefined;
  const nodes = written?.kind === "list" ? written.items : [written];
  return nodes.filter((node) => node?.kind === "scalar")
    .filter((node) => !isBroken(node) && node.text !== "" && !(node.plain && looksTyped(node.text)));
}

/** Reads included files, also those that included files include. */
export class Includer {
  readonly #files: IncludedFiles | undefined;
  readonly #report: SourceReport;
  readonly #parse: (text: string, base: number) => Promise<Tree | undefined>;
  /** Offset of the first `include` of each file, by its path. */
  readonly #first = new Map<string, number>();
  /** Names of the included files, in the order in which they were read. */
  readonly names: string[] = [];

  /**
   * Prepares to include files.
   *
   * @param parts.files The file system; undefined: no file can be included.
   * @param parts.parse Parses a text whose first character has the given offset in the report.
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
   * Reads all included files of a file; problems go to the report.
   *
   * @param file The file's name; "-" is standard input, whose paths are relative to the current directory.
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
      this.#report.addProblem(node.offset, "include is not available here; write the services into this file");
      return [];
    }
    const path = resolvePath(file, node.text);
    if (!isPattern(node.text)) return [path];
    try {
      const paths = expandPattern(path, (directory) => files.listDirectory(directory));
      if (paths.length === 0) {
        this.#report.addWarning(node.offset, { code: "include-empty", message: `no file matches ${quote(path)}` });
      }
      return paths;
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
      report.addProblem(node.offset, `the includes form a circle: ${circle}; remove one of them`);
      return undefined;
    }
    const first = this.#first.get(path);
    if (first !== undefined) {
      const place = report.lineOf(first, { from: node.offset });
      report.addProblem(node.offset, `duplicate include ${quote(file)}: ${place} includes it already`);
      return undefined;
    }
    this.#first.set(path, node.offset);
    if (chain.length >= MAX_DEPTH || this.#first.size > MAX_FILES) {
      const isDeep = chain.length >= MAX_DEPTH;
      report.addProblem(
        node.offset,
        isDeep
          ? `includes must not be nested more than ${MAX_DEPTH} deep`
          : `a file must not include more than ${MAX_FILES} files`,
      );
      return undefined;
    }
    const tree = await this.#parse(...this.#open(file, node.offset));
    return tree === undefined ? undefined : await this.#read(tree, [...chain, { file, path }]);
  }

  /** The text of a file and its offset in the report; an empty text if the file cannot be read. */
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
