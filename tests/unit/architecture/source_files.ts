/** The repository. */
export const ROOT: URL = new URL("../../../", import.meta.url);

/** What a file imports. */
export interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** Whether it is gone when types are. */
  readonly isType: boolean;
  /** Whether it is loaded only when the program comes to it. */
  readonly isDynamic: boolean;
}

/** A file of the program. */
export interface SourceFile {
  /** From the repository's root: "core/ipvs/client.ts". */
  readonly path: string;
  /** Its text, without comments. */
  readonly code: string;
  /** What it imports. */
  readonly imports: readonly Import[];
}

/** Every TypeScript file below a directory of the repository. */
export function sourceFiles(directory: string): SourceFile[] {
  return [...Deno.readDirSync(new URL(`${directory}/`, ROOT))].flatMap((entry): SourceFile[] => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) return sourceFiles(path);
    if (!path.endsWith(".ts")) return [];
    const code = withoutComments(Deno.readTextFileSync(new URL(path, ROOT)));
    return [{ path, code, imports: importsOf(code) }];
  }).sort((a, b) => a.path < b.path ? -1 : 1);
}

/** The code of a text; strings are left as they are, and whatever looks like a comment in them too. */
export function withoutComments(text: string): string {
  const token = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\*[^]*?\*\/|\/\/[^\n]*/g;
  return text.replaceAll(token, (found) => found.startsWith("/*") || found.startsWith("//") ? " " : found);
}

/** The imports of code without comments: static ones, re-exports, and those of `import()`. */
export function importsOf(code: string): Import[] {
  const found: Import[] = [];
  const statement = /^[ \t]*(?:import|export)\s+(type\s+)?(?:([\w*$\s{},]+?)\s+from\s+)?"([^"\n]+)"/gm;
  for (const [, type, names = "", specifier = ""] of code.matchAll(statement)) {
    const named = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]?.split(",").map((name) => name.trim()).filter((name) =>
      name !== ""
    );
    const isType = type !== undefined ||
      (named?.length ?? 0) > 0 && named?.every((name) => name.startsWith("type ")) === true;
    found.push({ specifier, isType, isDynamic: false });
  }
  for (const [, before = "", specifier = ""] of code.matchAll(/(typeof\s+)?import\(\s*"([^"\n]+)"\s*\)/g)) {
    found.push({ specifier, isType: before !== "", isDynamic: true });
  }
  return found;
}

/** The path of what a relative specifier means, from the repository's root; `undefined` for others. */
export function resolve(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, new URL(file.path, ROOT)).href.slice(ROOT.href.length);
}
