import assert from "node:assert/strict";
import type { Field } from "../../../../../core/config/schema/mapping.ts";
import { SourceReport } from "../../../../../core/config/source/source_report.ts";
import { CHECK } from "../../../../../core/config/schema/check_schema.ts";
import { FILE, SERVICE } from "../../../../../core/config/schema/file_schema.ts";
import type { FieldShape, Shape } from "../../../../../core/config/schema/types.ts";

/** Every key of a shape, by the name of its mapping and its own. */
function fieldsOf(shape: Shape): (readonly [string, FieldShape])[] {
  switch (shape.kind) {
    case "mapping":
      return Object.entries(shape.fields).flatMap(([key, field]) => [
        [`${key} of ${shape.name}`, field] as const,
        ...fieldsOf(field.shape),
      ]);
    case "list":
      return fieldsOf(shape.items);
    case "either":
      return shape.shapes.flatMap(fieldsOf);
    default:
      return [];
  }
}

/** Whether a field has its reader: the tables have fields with readers, shapes declare them as data only. */
function isField(field: FieldShape): field is Field<unknown> {
  return "read" in field && "initial" in field;
}

Deno.test("schema: every key has a description of one sentence without its period", () => {
  for (const [name, { doc }] of fieldsOf(FILE.shape)) {
    assert.match(doc, /^(?:[A-Z]|tcp_fin)[ -~]+[^.]$/, name);
  }
});

Deno.test("schema: the written form of every default reads as the default", () => {
  let count = 0;
  for (const [name, field] of fieldsOf(FILE.shape)) {
    if (field.written === undefined || !isField(field)) continue;
    const report = new SourceReport("");
    const node = { kind: "scalar", offset: 0, text: field.written, plain: true } as const;
    const value = field.read(node, { label: name, report });
    // The default of a key with several forms is applied by the reader of the whole mapping.
    if (field.initial === undefined) assert.notEqual(value, undefined, name);
    else assert.equal(value, field.initial, name);
    assert.deepEqual(report.problems, [], name);
    count++;
  }
  assert.ok(count >= 15, `only ${count} defaults`);
});

Deno.test("schema: a shape is plain data", () => {
  for (const { shape } of [FILE, SERVICE, CHECK]) {
    const copy: unknown = JSON.parse(JSON.stringify(shape));
    assert.ok(typeof copy === "object" && copy !== null && "kind" in copy && copy.kind === shape.kind);
  }
});
