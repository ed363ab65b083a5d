/**
 * Lists where the tree breaks the project's own lint rules, and counts it by rule and by folder:
 * `deno run -A tests/lint/report.ts [--rule NAME]... [PATH]...`; without paths, all of the code.
 * Ends with 1 if there is something to list.
 *
 * @module
 */
const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const CONFIG = decodeURIComponent(new URL("rules_only.json", import.meta.url).pathname);
const CODE = ["cli", "core", "packaging", "tests", "examples"];

/** A violation, as `deno lint --json` prints it. */
interface Violation {
  readonly filename: string;
  readonly range: { readonly start: { readonly line: number; readonly col: number } };
  readonly message: string;
  readonly code: string;
}

async function violations(paths: readonly string[]): Promise<readonly Violation[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["lint", "--json", "--config", CONFIG, ...paths],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  if (stdout.length === 0) throw new Error(text.decode(stderr));
  const { diagnostics, errors } = JSON.parse(text.decode(stdout));
  if (errors.length > 0) throw new Error(JSON.stringify(errors, undefined, 2));
  return diagnostics;
}

function pathOf({ filename }: Violation): string {
  const path = decodeURIComponent(new URL(filename).pathname);
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
}

function ruleOf({ code }: Violation): string {
  return code.replace(/^lvsctl\//, "");
}

/** Counts as a table: a row for each rule, a column for each top-level folder. */
function table(found: readonly Violation[]): string {
  const folders = [...new Set(found.map((each) => pathOf(each).split("/")[0] ?? ""))].sort();
  const rules = [...new Set(found.map(ruleOf))].sort();
  const count = (rule: string, folder: string): number =>
    found.filter((each) => ruleOf(each) === rule && pathOf(each).startsWith(`${folder}/`)).length;
  const row = (name: string, cells: readonly (string | number)[]): string =>
    `${name.padEnd(30)}${cells.map((cell) => String(cell).padStart(10)).join("")}\n`;
  const rows = rules.map((rule) => {
    const counts = folders.map((folder) => count(rule, folder));
    return row(rule, [...counts, counts.reduce((sum, each) => sum + each, 0)]);
  });
  return `${row("", [...folders, "all"])}${rows.join("")}`;
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
const all = await violations(paths.length > 0 ? paths : CODE.map((folder) => ROOT + folder));
const found = all.filter((each) => rules.length === 0 || rules.includes(ruleOf(each)));
const lines = found.map((each) =>
  `${pathOf(each)}:${each.range.start.line}:${each.range.start.col + 1}: ${ruleOf(each)}: ${each.message}\n`
);
print(`${lines.join("")}${found.length === 0 ? "" : `\n${table(found)}`}${found.length} violations\n`);
Deno.exit(found.length === 0 ? 0 : 1);
