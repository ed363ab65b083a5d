import assert from "node:assert/strict";
import { proseProblems } from "../../lint/prose.ts";

const ROOT = new URL("../../../", import.meta.url);

/** The Markdown pages below a folder, by their paths from the root. */
function pagesBelow(folder: string): readonly string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? pagesBelow(`${folder}${name}/`) : name.endsWith(".md") ? [`${folder}${name}`] : []
  );
}

const PAGES = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "ARCHITECTURE.md", ...pagesBelow("docs/").toSorted()];

for (const page of PAGES) {
  Deno.test(`${page} is in plain English`, () => {
    const problems = proseProblems(Deno.readTextFileSync(new URL(page, ROOT)));
    assert.deepEqual(problems.map(({ line, column, message }) => `${page}:${line}:${column}: ${message}`), []);
  });
}
