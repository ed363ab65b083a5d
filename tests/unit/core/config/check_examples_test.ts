import assert from "node:assert/strict";
import { CHECK } from "../../../../core/config/schema/check_schema.ts";
import { parseConfig } from "../../../../core/config/mod.ts";

const EXAMPLES = new URL("../../../../examples/checks/", import.meta.url);

/** Examples that are not named after a type, because they apply to every type. */
const OTHERS = ["through_the_vip"];

const NAMES = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name.replace(/\.yaml$/, "")).sort();

/** The types in the schema. */
function checkTypes(): string[] {
  const shapes = CHECK.shape.kind === "either" ? CHECK.shape.shapes : [];
  return shapes.flatMap((shape) => {
    const type = shape.kind === "mapping" ? shape.fields["type"]?.shape : undefined;
    return type?.kind === "choice" ? type.values : [];
  });
}

Deno.test("examples/checks has a file for each type of check", () => {
  assert.deepEqual(NAMES, [...checkTypes(), ...OTHERS].sort());
});

for (const name of NAMES) {
  Deno.test(`examples/checks/${name}.yaml is valid, and begins by saying what it shows`, async () => {
    const text = await Deno.readTextFile(new URL(`${name}.yaml`, EXAMPLES));
    assert.match(text, /^# [A-Z]/);
    assert.ok(text.split("\n").every((line) => line.length <= 130), "a line is long");
    const { services } = await parseConfig(text, { file: `${name}.yaml` });
    const types = services.map(({ check }) => check?.type);
    if (!OTHERS.includes(name)) assert.deepEqual(types, [name]);
    for (const { servers } of services) assert.ok(servers.length > 0);
  });
}
