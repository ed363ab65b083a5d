/**
 * Lists the violations of the project's own lint rules, and of plain English in Markdown, with counts by rule and folder:
 * `deno run -A tests/lint/report.ts [--rule NAME]... [PATH]...`; without paths, all of the repository.
 * Exits with 1 if there are any.
 *
 * @module
 */
import { repositoryPath } from "./repository_path.ts";
import { proseProblems } from "./prose.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const CONFIG = decodeURIComponent(new URL("rules_only.json", import.meta.url).pathname);

/** A place that breaks a rule. */
interface Violation {
  /** From the root of the repository. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly message: string;
}

/** A violation, as `deno lint --json` prints it. */
interface Diagnostic {
  readonly filename: string;
  readonly range: { readonly start: { readonly line: number; readonly col: number } };
  readonly message: string;
  readonly code: string;
}

async function codeViolations(paths: readonly string[]): Promise<readonly Violation[]> {
  if (paths.length === 0) return [];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["lint", "--json", "--config", CONFIG, ...paths],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  if (stdout.length === 0) throw new Error(text.decode(stderr));
  const { diagnostics, errors } = JSON.parse(text.decode(stdout));
  if (errors.length > 0) throw new Error(JSON.stringify(errors, undefined, 2));
  return diagnostics.map(({ filename, range: { start }, message, code }: Diagnostic) => ({
    path: repositoryPath(filename),
    line: start.line,
    column: start.col + 1,
    rule: code.replace(/^lvsctl\//, ""),
    message,
  }));
}

function proseViolations(paths: readonly string[]): readonly Violation[] {
  return paths.flatMap((path) =>
    proseProblems(Deno.readTextFileSync(path)).map((problem) => ({
      path: repositoryPath(path),
      rule: "plain-prose",
      ...problem,
    }))
  );
}

/** The files with one of these endings that a path names or has below it; the change log tells the past in its own words. */
function filesBelow(path: string, ending: RegExp): readonly string[] {
  if (!Deno.statSync(path).isDirectory) return ending.test(path) ? [path] : [];
  return [...Deno.readDirSync(path)].flatMap(({ name }) =>
    /^\.|^(node_modules|dist|coverage|fixtures)$|^CHANGELOG\.md$/.test(name)
      ? []
      : filesBelow(`${path.replace(/\/$/, "")}/${name}`, ending)
  );
}

/** Counts as a table: a row for each rule, a column for each top-level folder. */
function table(found: readonly Violation[]): string {
  const folders = [...new Set(found.map(folderOf))].sort();
  const rules = [...new Set(found.map(({ rule }) => rule))].sort();
  const count = (rule: string, folder: string): number =>
    found.filter((each) => each.rule === rule && folderOf(each) === folder).length;
  const row = (name: string, cells: readonly (string | number)[]): string =>
    `${name.padEnd(30)}${cells.map((cell) => String(cell).padStart(10)).join("")}\n`;
  const rows = rules.map((rule) => {
    const counts = folders.map((folder) => count(rule, folder));
    return row(rule, [...counts, counts.reduce((sum, each) => sum + each, 0)]);
  });
  return `${row("", [...folders, "all"])}${rows.join("")}`;
}

/** The top-level folder, or "." for a file of the root. */
function folderOf({ path }: Violation): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : ".";
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

const rules: string[] = [];
const paths: string[] = [];
for (let index = 0; index < Deno.args.length; index++) {
  const word = Deno.args[index] ?? "";
  if (word === "--rule") rules.push(Deno.args[++index] ?? "");
  else paths.push(word);
}
const wanted = paths.length > 0 ? paths.map((path) => Deno.realPathSync(path)) : [ROOT];
const all = [
  // Single files, because Deno skips a folder that contains the configuration.
  ...await codeViolations(wanted.flatMap((path) => filesBelow(path, /\.ts$/))),
  ...proseViolations(wanted.flatMap((path) => filesBelow(path, /\.md$/))),
];
const found = all.filter(({ rule }) => rules.length === 0 || rules.includes(rule));
const lines = found.map(({ path, line, column, rule, message }) => `${path}:${line}:${column}: ${rule}: ${message}\n`);
print(`${lines.join("")}${found.length === 0 ? "" : `\n${table(found)}`}${found.length} violations\n`);
Deno.exit(found.length === 0 ? 0 : 1);
