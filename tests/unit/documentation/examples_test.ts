import assert from "node:assert/strict";
import { SCHEMA_COMMENT } from "../../../core/config/schema/limits.ts";
import { schemaValidator, valueOfFile } from "../../support/json_schema.ts";
import { links } from "../../support/manual.ts";

const EXAMPLES = new URL("../../../examples/", import.meta.url);

/** Files of lvsctl's format that it wrote itself, as users get them. */
const CONVERTED: readonly string[] = ["import/ldirectord.yaml"];

/** The paths of all files below a directory of the examples. */
function filesBelow(directory = ""): readonly string[] {
  return [...Deno.readDirSync(new URL(directory, EXAMPLES))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${directory}${name}/`) : [`${directory}${name}`]
  ).toSorted();
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, EXAMPLES));
}

Deno.test("examples/README.md has one line for each example", () => {
  const page = read("README.md");
  assert.deepEqual(links(page).toSorted(), filesBelow().filter((path) => path !== "README.md"));
  for (const line of page.split("\n").filter((text) => text.startsWith("- "))) {
    assert.match(line, /^- \[(\S+)\]\(\1\): \S.*$/);
  }
  assert.doesNotMatch(page, /^ {2}/m, "a line continues");
});

Deno.test("each configuration among the examples names the schema that is installed, right before its version", async () => {
  const found: string[] = [];
  const problemsOf = schemaValidator();
  for (const path of filesBelow().filter((each) => each.endsWith(".yaml") && !CONVERTED.includes(each))) {
    const text = read(path);
    if (!/^version: 1$/m.test(text)) continue;
    found.push(path);
    assert.match(text, /^(?:# .*\n)*version: 1\n/, path);
    assert.ok(text.includes(`${SCHEMA_COMMENT}\nversion: 1\n`), path);
    assert.deepEqual(problemsOf(await valueOfFile(text)), [], path);
  }
  assert.ok(found.length > 50, found.join(" "));
});
