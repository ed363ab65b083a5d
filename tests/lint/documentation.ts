/**
 * `deno doc --lint` over every file of core and cli: each exported name is documented, and its types are exported.
 *
 * @module
 */

/** A problem that `deno doc --lint` reports. */
interface Problem {
  readonly code: string;
  readonly message: string;
  /** The file below the repository, line and column. */
  readonly place: string;
}

/**
 * Files whose values are the types: a table of the configuration file's schema is read by the compiler too, so writing
 * its type down would repeat the table.
 */
const VALUES_ARE_TYPES = /^core\/config\/(schema|canonical|read|lint)\/|^core\/importers\//;

/** The problems in the output of `deno doc --lint`, for files below a root; those of libraries are left out. */
export function documentationProblems(output: string, root: string): Problem[] {
  const problems: Problem[] = [];
  const pattern = /^error\[([\w-]+)\]: (.*)\n\s*-->\s*(\S+)/gm;
  // deno-lint-ignore no-control-regex -- colours are control characters
  for (const [, code = "", message = "", place = ""] of output.replaceAll(/\x1b\[[0-9;]*m/g, "").matchAll(pattern)) {
    const path = place.startsWith(`${root}/`) ? place.slice(root.length + 1) : place;
    if (path.startsWith("/") || path.startsWith("node_modules/")) continue;
    if (code === "missing-explicit-type" && VALUES_ARE_TYPES.test(path)) continue;
    problems.push({ code, message, place: path });
  }
  return problems;
}

function sourceFiles(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return isDirectory ? sourceFiles(path) : path.endsWith(".ts") ? [path] : [];
  });
}

if (import.meta.main) {
  const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
  const files = ["core", "cli"].flatMap((folder) => sourceFiles(`${root}/${folder}`));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...files],
    cwd: root,
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const problems = documentationProblems(output, root);
  for (const { code, message, place } of problems) console.error(`${place}: ${code}: ${message}`);
  console.error(`${files.length} files, ${problems.length} problems`);
  // Of another program's failure nothing is known: its own words are printed.
  const isUnderstood = /^Checked \d+ files?|^error: Found \d+ documentation lint errors?/m.test(
    output.replaceAll(/\x1b\[[0-9;]*m/g, ""),
  );
  if (!isUnderstood) console.error(output);
  Deno.exit(problems.length === 0 && isUnderstood ? 0 : 1);
}
