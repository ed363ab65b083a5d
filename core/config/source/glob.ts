/** Whether a text is a pattern, and not the path of one file. */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/** What a part of a path between two slashes has to be: `*` is any text, `?` one character, neither a leading dot. */
function partPattern(part: string): RegExp {
  const source = part.replace(/[*?]|[^*?]+/g, (piece) => {
    return piece === "*" ? ".*" : piece === "?" ? "." : piece.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  });
  return new RegExp(`^${/^[*?]/.test(part) ? "(?!\\.)" : ""}${source}$`, "su");
}

/**
 * The paths that a pattern stands for, sorted; none if there are none.
 *
 * @param pattern A path with `*` and `?` in some of its parts, in its directories as well as in its last part.
 * @param list Gives the names in a directory, none where there is no such directory.
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

/** A path as seen from the directory of a file: "/etc/lvs.yaml" and "lvs.d/web.yaml" are "/etc/lvs.d/web.yaml". */
export function beside(file: string, path: string): string {
  if (path.startsWith("/") || !file.includes("/")) return path;
  return `${file.slice(0, file.lastIndexOf("/") + 1)}${path}`;
}
