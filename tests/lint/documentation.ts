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
 * Files whose values are the types: the compiler reads the tables of the configuration file's schema too, so an explicit
 * type would repeat the table.
 */
const VALUES_ARE_TYPES = /^core\/config\/(schema|canonical|read|lint)\/|^core\/importers\//;

/**
 * The problems in the output of `deno doc --lint`.
 *
 * @param output The output, without colours.
 * @param root The repository, by its absolute path: problems of files outside it and of libraries are left out.
 */
export function documentationProblems(output: string, root: string): readonly Problem[] {
  return [...output.matchAll(/^error\[([\w-]+)\]: (.*)\n\s*-->\s*(\S+)/gm)]
    .map(([, code = "", message = "", place = ""]) => ({ code, message, place: place.replace(`${root}/`, "") }))
    .filter(({ code, place }) =>
      !/^(\/|node_modules\/)/.test(place) && !(code === "missing-explicit-type" && VALUES_ARE_TYPES.test(place))
    );
}

function sourceFiles(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return isDirectory ? sourceFiles(path) : path.endsWith(".ts") ? [path] : [];
  });
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  const root = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
  const files = ["core", "cli"].flatMap((folder) => sourceFiles(`${root}/${folder}`));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...files],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const problems = documentationProblems(output, root);
  for (const { code, message, place } of problems) print(`${place}: ${code}: ${message}\n`);
  print(`${files.length} files, ${problems.length} problems\n`);
  // Without its closing line, deno doc failed before it checked the files.
  const isComplete = /^Checked \d+ files?|^error: Found \d+ documentation lint errors?/m.test(output);
  if (!isComplete) print(output);
  Deno.exit(problems.length === 0 && isComplete ? 0 : 1);
}
