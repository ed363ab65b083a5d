import assert from "node:assert/strict";
import { jsonSchema } from "../../../../../core/config/schema/json_schema.ts";
import { FILE } from "../../../../../core/config/schema/file_schema.ts";
import { schemaValidator, valueOfFile } from "../../../../support/json_schema.ts";

const REPOSITORY = new URL("../../../../../", import.meta.url);

/** The YAML files of a folder of the repository: name and text. */
function yamlFiles(folder: string): readonly (readonly [string, string])[] {
  const url = new URL(`${folder}/`, REPOSITORY);
  return [...Deno.readDirSync(url)].map(({ name }) => name).filter((name) => name.endsWith(".yaml")).sort()
    .map((name) => [name, Deno.readTextFileSync(new URL(name, url))]);
}

/** A definition of the schema, as far as the tests look at it. */
interface Definition {
  readonly properties?: Readonly<Record<string, { readonly description?: string; readonly default?: unknown }>>;
  readonly required?: readonly string[];
}

/** A message about an invalid key or an invalid form, which a schema finds too. */
const SHAPE_PROBLEM =
  /^\S+ (?:unknown key|.*(?:missing key \S+: it must|must be (?:an? |one of |true|text|\d|the )|must not be an empty list|is not a duration))/;

/** A message about a variable's value or an inherited type, which a schema does not know. */
const BEYOND_SCHEMA = /the value of|missing key type/;

for (const folder of ["tests/fixtures/config/good", "examples"]) {
  for (const [name, text] of yamlFiles(folder)) {
    Deno.test(`jsonSchema accepts ${folder}/${name}`, async () => {
      assert.deepEqual(schemaValidator()(await valueOfFile(text)), []);
    });
  }
}

Deno.test("jsonSchema rejects every bad fixture with an invalid key or an invalid form, like the reader", async () => {
  const validate = schemaValidator();
  let count = 0;
  for (const [name, text] of yamlFiles("tests/fixtures/config/bad")) {
    const url = new URL(`tests/fixtures/config/bad/${name.replace(/yaml$/, "txt")}`, REPOSITORY);
    const messages = Deno.readTextFileSync(url).split("\n").filter((line) => line.startsWith(`${name}:`));
    if (!messages.some((line) => SHAPE_PROBLEM.test(line) && !BEYOND_SCHEMA.test(line))) continue;
    assert.notDeepEqual(validate(await valueOfFile(text)), [], name);
    count++;
  }
  assert.ok(count >= 50, `only ${count} fixtures`);
});

Deno.test("jsonSchema describes every key with its meaning and its default", () => {
  const { $defs, ...file } = JSON.parse(JSON.stringify(jsonSchema()));
  for (const [name, definition] of Object.entries<Definition>({ file, ...$defs })) {
    const { properties = {}, required = [] } = definition;
    for (const [key, property] of Object.entries(properties)) {
      const { description = "", default: initial } = property;
      if (required.includes(key)) continue;
      assert.match(description, /default: \S/, `${name}.${key}`);
      if (initial !== undefined) assert.match(description, /; default: \S+$/, `${name}.${key}`);
    }
  }
});

Deno.test("jsonSchema has the default of every key as a file would write it", () => {
  const { properties, $defs } = JSON.parse(JSON.stringify(jsonSchema()));
  const { shape } = FILE;
  assert.ok(shape.kind === "mapping");
  for (const [key, { doc }] of Object.entries(shape.fields)) assert.equal(properties[key].description, doc);
  const defaults = Object.entries<{ readonly description: string; readonly default?: unknown }>(
    $defs.service.properties,
  )
    .map(([key, property]) => [key, property.default]).filter(([, value]) => value !== undefined);
  assert.deepEqual(Object.fromEntries(defaults), {
    scheduler: "wlc",
    forward: "nat",
    weight: 1,
    ["upper_threshold"]: 0,
    ["lower_threshold"]: 0,
    resolve: "one",
    ["one_packet"]: false,
    ["on_failure"]: "remove",
    quorum: 1,
    ["panic_threshold"]: 0,
    ["withdraw_vips"]: false,
  });
});

Deno.test("jsonSchema refers only to existing definitions, and uses each", () => {
  const text = JSON.stringify(jsonSchema());
  const { $defs } = jsonSchema();
  assert.ok(typeof $defs === "object");
  const used = new Set([...text.matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)].map(([, name]) => name));
  assert.deepEqual([...used].sort(), Object.keys($defs).sort());
});

Deno.test("jsonSchema accepts a variable in place of a number or a word, but no other text", () => {
  const validate = schemaValidator();
  const file = (weight: unknown): unknown => ({ version: 1, services: [{ listen: "fwmark:1", weight }] });
  assert.deepEqual(validate(file("${WEIGHT:-3}")), []);
  assert.deepEqual(validate(file(3)), []);
  assert.notDeepEqual(validate(file("3")), []);
  assert.notDeepEqual(validate(file(-1)), []);
});
