/** Whether a path has wildcards. */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/**
 * Whether a name matches one part of a path: `*` matches any text, `?` one character; neither matches a leading dot.
 *
 * Only the last star is tried again, which is enough, so that many stars do not take exponential time.
 *
 * @param pattern The characters of the part.
 */
function matches(name: string, pattern: readonly string[]): boolean {
  const characters = [...name];
  if (characters[0] === "." && pattern[0] !== ".") return false;
  let [at, next] = [0, 0];
  let star: { readonly next: number; at: number } | undefined;
  while (at < characters.length) {
    if (pattern[next] === "*") star = { next: ++next, at };
    else if (next < pattern.length && (pattern[next] === "?" || pattern[next] === characters[at])) {
      at++;
      next++;
    } else if (star === undefined) return false;
    else [at, next] = [++star.at, star.next];
  }
  return pattern.slice(next).every((character) => character === "*");
}

/**
 * The existing paths that match a pattern, sorted.
 *
 * @param pattern A path with `*` and `?` in its directories or its last part.
 * @param list Lists the names in a directory; empty if the directory does not exist.
 */
export function expandPattern(pattern: string, list: (directory: string) => readonly string[]): string[] {
  const isAbsolute = pattern.startsWith("/");
  let paths = [isAbsolute ? "/" : ""];
  for (const part of pattern.split("/").filter((name) => name !== "")) {
    paths = paths.flatMap((directory) => {
      const join = (name: string): string =>
        directory === "" || directory === "/" ? directory + name : `${directory}/${name}`;
      if (!isPattern(part)) return [join(part)];
      const characters = [...part];
      return list(directory === "" ? "." : directory).filter((name) => matches(name, characters)).sort().map(join);
    });
  }
  return paths;
}

/** Resolves a path in a file: "lvs.d/web.yaml" in "/etc/lvs.yaml" is "/etc/lvs.d/web.yaml". */
export function resolvePath(file: string, path: string): string {
  if (path.startsWith("/") || !file.includes("/")) return path;
  return `${file.slice(0, file.lastIndexOf("/") + 1)}${path}`;
}
