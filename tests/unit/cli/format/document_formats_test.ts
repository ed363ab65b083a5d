import assert from "node:assert/strict";
import fc from "fast-check";
import { nameFormat, yamlFormat, yamlText } from "../../../../cli/format/document_formats.ts";
import { valueOfFile } from "../../../support/json_schema.ts";

const ONE = { isRepeated: false };
const MANY = { isRepeated: true };

Deno.test("yamlText() writes blocks, and empty lists and objects on one line", () => {
  const value = { a: [1, { b: null, c: ["x y", true] }, [], {}], d: {}, e: { "f:": "no", g: [["deep"]] } };
  assert.equal(
    yamlText(value),
    `a:
  - 1
  - b: null
    c:
      - "x y"
      - true
  - []
  - {}
d: {}
e:
  "f:": "no"
  g:
    - - deep
`,
  );
});

Deno.test("yamlText() leaves out undefined keys, and keeps text that looks like another value", async () => {
  const value = {
    a: undefined,
    b: ["null", "1", "1e3", "", "~", "- x", "#", "y", "$A", "\u0007\u2028\u{1f600}", ".5"],
  };
  assert.deepEqual(await valueOfFile(yamlText(value)), { b: value.b });
});

Deno.test("yamlText() of any JSON is YAML of the same value", async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
      const json: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(await valueOfFile(yamlText(json)), json);
    }),
    { numRuns: 300, seed: 7 },
  );
});

Deno.test("yamlFormat() begins each of many documents with ---, and writes a list item by item", () => {
  const format = yamlFormat();
  assert.equal(format.write({ version: 2 }, ONE), "version: 2\n");
  assert.equal(format.write({ version: 2 }, MANY), "---\nversion: 2\n");
  const list = { document: { version: 2 }, key: "items", items: [{ a: 1, b: [2] }, { a: 3 }] };
  const text = "version: 2\nitems:\n  - a: 1\n    b:\n      - 2\n  - a: 3\n";
  assert.equal([...format.writeList(list, ONE)].join(""), text);
  assert.equal([...format.writeList(list, MANY)].join(""), `---\n${text}`);
  assert.equal([...format.writeList({ ...list, items: [] }, ONE)].join(""), "version: 2\nitems: []\n");
});

Deno.test("nameFormat() writes the names of the list, and refuses a document without one", () => {
  const format = nameFormat();
  assert.equal(format.write({ services: [{ service: "fwmark:1", servers: [] }] }, ONE), "fwmark:1\n");
  assert.equal(format.write({ service: "fwmark:1", servers: [{ server: "10.0.0.1:0" }] }, ONE), "10.0.0.1:0\n");
  const [first, second] = [{ server: "10.0.0.1:0" }, { server: "10.0.0.2:0" }];
  assert.equal(
    format.write({ server: null, candidates: [first, second], servers: [] }, ONE),
    "10.0.0.1:0\n10.0.0.2:0\n",
  );
  assert.equal(format.write({ server: second, candidates: [], servers: [first, second] }, ONE), "10.0.0.2:0\n");
  assert.throws(() => format.write({ timeouts: {} }, ONE), /the document has no names; use --json/);
});
