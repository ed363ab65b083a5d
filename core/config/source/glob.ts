/** Whether a path has wildcards. */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/** The pattern of one part of a path: `*` matches any text, `?` one character; neither matches a leading dot. */
function partPattern(part: string): RegExp {
  const source = part.replace(/[*?]|[^*?]+/g, (piece) => {
    return piece === "*" ? ".*" : piece === "?" ? "." : piece.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  });
  return new RegExp(`^${/^[*?]/.test(part) ? "(?!\\.)" : ""}${source}$`, "su");
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
      const form = partPattern(part);
      return list(directory === "" ? "." : directory).filter((name) => form.test(name)).sort().map(join);
    });
  }
  return paths;
}

/** Resolves a path in a file: "lvs.d/web.yaml" in "/etc/lvs.yaml" is "/etc/lvs.d/web.yaml". */
export function resolvePath(file: string, path: string): string {
  if (path.startsWith("/") || !file.includes("/")) return path;
  return `${file.slice(0, file.lastIndexOf("/") + 1)}${path}`;
}
