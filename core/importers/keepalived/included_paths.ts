import { expandPattern, type IncludedFiles, isPattern, resolvePath } from "../../config/mod.ts";
import { LvsctlError } from "../../errors/mod.ts";

/** Most levels of files that include each other. */
const MAX_DEPTH = 16;

/** Most included files in total. */
const MAX_FILES = 10_000;

/** Most patterns that the braces of a pattern expand to. */
const MAX_BRANCHES = 1000;

/** Expands the braces of a pattern: "{a,b}.conf" is "a.conf" and "b.conf"; undefined if there are too many patterns. */
export function expandBraces(pattern: string): readonly string[] | undefined {
  const branches = [pattern];
  for (let at = 0; at < branches.length;) {
    const branch = branches[at] ?? "";
    // Expand the innermost braces first, so that nested braces work.
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

/** Finds included files. */
export class IncludedPaths {
  readonly #files: IncludedFiles;
  #count = 0;

  /** Starts without included files. */
  constructor(files: IncludedFiles) {
    this.#files = files;
  }

  /** Returns the path of a file without links. */
  realPath(file: string): string {
    return this.#files.realPath(file);
  }

  /** Returns the directory of a file. */
  directoryOf(file: string): string {
    const path = this.realPath(file);
    return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  }

  /** Returns the files of a path or a pattern relative to a file, or the problem. */
  find(
    pattern: string,
    options: { readonly from: string },
  ): { readonly paths: readonly string[] } | { readonly problem: string } {
    const branches = expandBraces(pattern);
    if (branches === undefined) return { problem: `its braces expand to more than ${MAX_BRANCHES} patterns` };
    const bracket = branches.find((branch) => /\[[^\]]+\]/.test(branch));
    if (bracket !== undefined) return { problem: "lvsctl does not support [ ] in patterns; use * or ?" };
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
   * Counts an included file; returns the reason if it exceeds a limit.
   *
   * @param depth The number of files that include it, directly or indirectly.
   */
  refusal(depth: number): string | undefined {
    this.#count++;
    if (depth >= MAX_DEPTH) return `files may include each other at most ${MAX_DEPTH} levels deep`;
    return this.#count > MAX_FILES ? `at most ${MAX_FILES} files may be included` : undefined;
  }
}
