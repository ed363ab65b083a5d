import { Ajv2020 } from "ajv";
import { type JsonSchema, jsonSchema } from "../../core/config/schema/json_schema.ts";
import { SourceReport } from "../../core/config/source/source_report.ts";
import type { Tree } from "../../core/config/mod.ts";
import type { ScalarNode } from "../../core/config/source/tree.ts";
import { readYaml } from "../../core/config/source/yaml.ts";

/** A scalar as an editor takes it: by YAML's core schema. */
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

/** A file as an editor sees it, with nothing put in and nothing expanded; undefined if it is empty or no YAML. */
export async function valueOfFile(text: string): Promise<unknown> {
  const tree = await readYaml(text.replace(/^\ufeff/, ""), new SourceReport(text));
  return tree === undefined ? undefined : treeValue(tree);
}

/** Tells what is wrong with a value: nothing, or where and what. */
type Validator = (value: unknown) => readonly string[];

let ofFiles: Validator | undefined;

/** Says what a validator that is not ours finds wrong with a file: it is made once, for that takes long. */
export function schemaValidator(): Validator {
  return ofFiles ??= validatorOf(jsonSchema());
}

function validatorOf(schema: JsonSchema): Validator {
  const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
  };
}
