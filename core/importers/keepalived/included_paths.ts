import { LvsctlError } from "../../errors/mod.ts";
import type { ImportedFiles } from "../imported.ts";

/** Most levels of files that include each other. */
const MAX_DEPTH = 16;

/** Most included files in total. */
const MAX_FILES = 10_000;

/** Most patterns that the braces of a pattern expand to. */
const MAX_BRANCHES = 1000;

/** Expands the braces of a pattern: "{a,b}.conf" is "a.conf" and "b.conf"; undefined if there are too many patterns. */
export function expandBraces(pattern: string): readonly string[] | undefined {
  const done: string[] = [];
  const branches = [pattern];
  while (branches.length > 0) {
    const branch = branches.shift() ?? "";
    const parts = firstBraces(branch);
    if (parts === undefined) done.push(branch);
    else branches.unshift(...parts.choices.map((choice) => `${parts.head}${choice}${parts.tail}`));
    if (done.length + branches.length > MAX_BRANCHES) return undefined;
  }
  return [...new Set(done)];
}

/** Splits a pattern at its first braces; undefined without closed braces. */
function firstBraces(
  pattern: string,
): { readonly head: string; readonly choices: readonly string[]; readonly tail: string } | undefined {
  const start = pattern.indexOf("{");
  if (start < 0) return undefined;
  const choices: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "{") depth++;
    else if (character === "}") depth--;
    if ((character === "," && depth === 1) || depth === 0) {
      choices.push(pattern.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return { head: pattern.slice(0, start), choices, tail: pattern.slice(from) };
  }
  return undefined;
}

/** A piece of a pattern: any text, or a test of one character. */
type Piece = "any" | ((character: string) => boolean);

/** A test of one character by a set such as `a-z` or `!a-z`. */
function setTest(set: string): (character: string) => boolean {
  const isNot = /^[!^]/.test(set);
  const characters = [...(isNot ? set.slice(1) : set)];
  const isIn = (character: string): boolean =>
    characters.some((each, at) => {
      const last = characters[at + 1] === "-" ? characters[at + 2] : undefined;
      return last === undefined ? each === character : each <= character && character <= last;
    });
  return (character) => isIn(character) !== isNot;
}

/** Returns the test of one part of a path with `*`, `?` and `[ ]`; undefined for a plain name. */
function expressionOf(part: string): ((name: string) => boolean) | undefined {
  if (!/[*?]|\[[^\]]/.test(part)) return undefined;
  const pieces: Piece[] = [];
  for (let at = 0; at < part.length; at++) {
    const character = part.charAt(at);
    const [whole, set] = character === "[" ? /^\[([!^]?\]?[^\]]+)\]/.exec(part.slice(at)) ?? [] : [];
    if (whole !== undefined && set !== undefined) {
      pieces.push(setTest(set));
      at += whole.length - 1;
    } else if (character === "*") pieces.push("any");
    else if (character === "?") pieces.push(() => true);
    else {
      if (character === "\\") at++;
      const plain = part.charAt(at);
      pieces.push((each) => each === plain);
    }
  }
  return (name) => (part.startsWith(".") || !name.startsWith(".")) && matches(name, pieces);
}

/** Whether a name has all pieces; only the last "any" is tried again, which is enough. */
function matches(name: string, pieces: readonly Piece[]): boolean {
  let [at, next] = [0, 0];
  let any: { readonly next: number; at: number } | undefined;
  while (at < name.length) {
    const piece = pieces[next];
    if (piece === "any") any = { next: ++next, at };
    else if (piece?.(name.charAt(at)) === true) {
      at++;
      next++;
    } else if (any === undefined) return false;
    else [at, next] = [++any.at, any.next];
  }
  return pieces.slice(next).every((piece) => piece === "any");
}

/** Finds included files. */
export class IncludedPaths {
  readonly #files: ImportedFiles;
  readonly #current: string;
  #count = 0;

  /** Starts without included files. */
  constructor(files: ImportedFiles) {
    this.#files = files;
    this.#current = files.realPath(".");
  }

  /** The path of a file that is included from a directory; relative below the current directory. */
  #locate(directory: string, path: string): string {
    if (path.startsWith("/")) return path;
    if (directory === this.#current) return path;
    const start = this.#current === "." ? "" : `${this.#current}/`;
    const located = `${directory}/${path}`;
    return located.startsWith(start) ? located.slice(start.length) : located;
  }

  /** Returns the path of a file without links. */
  realPath(file: string): string {
    return this.#files.realPath(file);
  }

  /** Returns the directory that a file is in, without links. */
  directoryOf(file: string): string {
    if (!file.includes("/")) return this.#current;
    return this.realPath(file.slice(0, file.lastIndexOf("/")) || "/");
  }

  /**
   * Returns the files of a pattern, and its problems.
   *
   * @param options.directory The directory of the including file.
   * @param options.isStrict Whether keepalived refuses to start without a file.
   */
  find(
    pattern: string,
    options: { readonly directory: string; readonly isStrict: boolean },
  ): { readonly paths: readonly string[]; readonly problems: readonly string[] } {
    const branches = expandBraces(pattern);
    if (branches === undefined) {
      return { paths: [], problems: [`its braces expand to more than ${MAX_BRANCHES} patterns`] };
    }
    const effect = options.isStrict ? "; keepalived does not start without it" : "";
    const paths: string[] = [];
    const problems: string[] = [];
    try {
      for (const branch of branches) {
        const found = this.#expand(this.#locate(options.directory, branch));
        if (found.length === 0) problems.push(`no file matches ${branch}${effect}`);
        for (const path of found) {
          const kind = this.#files.kindOf(path);
          if (kind === "file") paths.push(path);
          else if (kind === "missing") problems.push(`no file matches ${branch}${effect}`);
          else problems.push(`keepalived skips ${path}, because it is ${KINDS[kind]}`);
        }
      }
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      problems.push(error.message);
    }
    return { paths, problems };
  }

  /** The existing paths of a pattern, sorted as glob() sorts them; the path itself if it has no wildcards. */
  #expand(pattern: string): readonly string[] {
    let paths = [pattern.startsWith("/") ? "/" : ""];
    const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
    for (const part of parts) {
      const expression = expressionOf(part);
      paths = paths.flatMap((directory) => {
        const join = (name: string): string =>
          directory === "" || directory === "/" ? `${directory}${name}` : `${directory}/${name}`;
        if (expression === undefined) return [join(part.replace(/\\(.)/g, "$1"))];
        const names = this.#files.listDirectory(directory === "" ? "." : directory);
        return names.filter((name) => expression(name)).sort().map(join);
      });
    }
    return paths;
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

/** Why keepalived skips a file of a kind. */
const KINDS = {
  directory: "a directory",
  executable: "executable",
  other: "not a regular file",
} as const;
