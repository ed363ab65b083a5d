import { Ajv2020 } from "ajv";
import { type JsonSchema, jsonSchema } from "../../core/config/schema/json_schema.ts";
import { SourceReport } from "../../core/config/source/source_report.ts";
import type { Tree } from "../../core/config/mod.ts";
import type { ScalarNode } from "../../core/config/source/tree.ts";
import { readYaml } from "../../core/config/source/yaml.ts";

/** The value of a scalar in an editor: by YAML's core schema. */
function scalarValue({ text, plain }: ScalarNode): unknown {
  if (!plain) return text;
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  return /^[-+]?(?:\d+|\.\d+|\d+\.\d*)(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
}

function treeValue(tree: Tree): unknown {
  if (tree.kind === "scalar") return scalarValue(tree);
  if (tree.kind === "list") return tree.items.map(treeValue);
  return Object.fromEntries(
    tree.entries.map(({ key, value }) => [key.kind === "scalar" ? key.text : "?", treeValue(value)]),
  );
}

/** The value of a file in an editor, without variables and ranges replaced; undefined if it is empty or not YAML. */
export async function valueOfFile(text: string): Promise<unknown> {
  const tree = await readYaml(text.replace(/^\ufeff/, ""), new SourceReport(text));
  return tree === undefined ? undefined : treeValue(tree);
}

/** Returns the problems of a value, each with its place. */
type Validator = (value: unknown) => readonly string[];

let fileValidator: Validator | undefined;

/** An independent validator of the JSON Schema; compiled once, because that takes long. */
export function schemaValidator(): Validator {
  return fileValidator ??= validatorOf(jsonSchema());
}

function validatorOf(schema: JsonSchema): Validator {
  const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
  };
}
