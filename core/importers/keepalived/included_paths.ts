import { expandPattern, type IncludedFiles, isPattern, resolvePath } from "../../config/mod.ts";
import { LvsctlError } from "../../errors/mod.ts";

/** How deep files may include each other. */
const MAX_DEPTH = 16;

/** How many files one may include in all. */
const MAX_FILES = 10_000;

/** How many patterns the braces of one may stand for. */
const MAX_BRANCHES = 1000;

/** The patterns that one with braces stands for: "{a,b}.conf" is "a.conf" and "b.conf"; undefined if too many. */
export function expandBraces(pattern: string): readonly string[] | undefined {
  const branches = [pattern];
  for (let at = 0; at < branches.length;) {
    const branch = branches[at] ?? "";
    // The innermost come first, so that none stand in each other in the end.
    const match = /\{([^{}]*)\}/.exec(branch);
    if (match === null) at++;
    else {
      const [whole, inner = ""] = match;
      const head = branch.slice(0, match.index);
      const tail = branch.slice(match.index + whole.length);
      branches.splice(at, 1, ...inner.split(",").map((part) => `${head}${part}${tail}`));
      if (branches.length > MAX_BRANCHES) return undefined;
    }
  }
  return [...new Set(branches)];
}

/** Finds the files that a file includes. */
export class IncludedPaths {
  readonly #files: IncludedFiles;
  #count = 0;

  /** Makes one. */
  constructor(files: IncludedFiles) {
    this.#files = files;
  }

  /** The one path of a file, whatever links lead to it. */
  realPath(file: string): string {
    return this.#files.realPath(file);
  }

  /** The directory that a file is in. */
  directoryOf(file: string): string {
    const path = this.realPath(file);
    return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  }

  /** The files that a path or a pattern stands for, as seen from a file; or why that cannot be said. */
  find(
    pattern: string,
    options: { readonly from: string },
  ): { readonly paths: readonly string[] } | { readonly problem: string } {
    const branches = expandBraces(pattern);
    if (branches === undefined) return { problem: `its braces stand for more than ${MAX_BRANCHES} patterns` };
    const bracket = branches.find((branch) => /\[[^\]]+\]/.test(branch));
    if (bracket !== undefined) return { problem: "patterns with [ ] cannot be followed; write * or ?" };
    try {
      const list = (directory: string): readonly string[] => this.#files.listDirectory(directory);
      const paths = branches.flatMap((branch) => {
        const path = resolvePath(options.from, branch);
        return isPattern(branch) ? expandPattern(path, list) : [path];
      });
      return { paths };
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      return { problem: error.message };
    }
  }

  /**
   * Why no further file may be included; undefined if one may, which counts.
   *
   * @param depth How many files include each other already.
   */
  refusal(depth: number): string | undefined {
    this.#count++;
    if (depth >= MAX_DEPTH) return `files may include each other ${MAX_DEPTH} files deep at most`;
    return this.#count > MAX_FILES ? `files may include ${MAX_FILES} files at most` : undefined;
  }
}
