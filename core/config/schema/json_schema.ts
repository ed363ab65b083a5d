import { defined, isSecretKey } from "../../model/mod.ts";
import { FILE } from "./file_schema.ts";
import type { FieldShape, Shape } from "./types.ts";

/** A JSON Schema. */
export interface JsonSchema {
  /** A keyword of the schema. */
  readonly [keyword: string]: string | number | boolean | readonly (string | JsonSchema)[] | JsonSchema;
}

/** A value with environment variables: its type is unknown until the file is read. */
const VARIABLE = { $ref: "#/$defs/variable" };

type MappingShape = Extract<Shape, { readonly kind: "mapping" }>;

/** Converts shapes to schemas; mappings become shared definitions. */
class SchemaWriter {
  readonly definitions: Record<string, JsonSchema> = {
    variable: {
      description: "A value with environment variables in it: ${NAME}, or ${NAME:-default}",
      type: "string",
      pattern: "\\$\\{",
    },
  };
  readonly #names = new Map<Shape, string>();

  schemaOf(shape: Shape): JsonSchema {
    switch (shape.kind) {
      case "integer":
        return orVariable({ type: "integer", minimum: shape.min, maximum: shape.max });
      case "boolean":
        return orVariable({ type: "boolean" });
      case "choice":
        return orVariable({ enum: [...shape.values, ...shape.aliases] });
      case "text": {
        const { pattern, also = [] } = shape;
        const text: JsonSchema = pattern === undefined ? { type: "string" } : { type: "string", pattern };
        const others = also.map((type) => ({ type }));
        if (pattern !== undefined) return { anyOf: [text, ...others, VARIABLE] };
        return others.length === 0 ? text : { anyOf: [text, ...others] };
      }
      case "list":
        return { type: "array", items: this.schemaOf(shape.items), minItems: shape.minItems };
      case "either":
        return { anyOf: distinct(shape.shapes.flatMap((each) => alternatives(this.schemaOf(each)))) };
      case "mapping":
        return this.#reference(shape);
    }
  }

  /** The schema of a mapping, not as a reference. */
  mapping({ fields }: MappingShape): JsonSchema {
    const entries = Object.entries(fields);
    const required = entries.filter(([, field]) => field.required).map(([key]) => key);
    return defined({
      type: "object",
      properties: Object.fromEntries(entries.map(([key, field]) => [key, this.#property(key, field)])),
      required: required.length === 0 ? undefined : required,
      additionalProperties: false,
    });
  }

  #property(key: string, { shape, doc, written }: FieldShape): JsonSchema {
    return defined({
      description: describe(doc, written),
      ...this.schemaOf(shape),
      default: written === undefined ? undefined : defaultOf(shape, written),
      writeOnly: isSecretKey(key) || undefined,
    });
  }

  #reference(shape: MappingShape): JsonSchema {
    const known = this.#names.get(shape);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const plain = shape.name.replace(/^(?:an?|the) /, "").replace(/\W+/g, "_");
    let name = plain;
    for (let number = 2; Object.hasOwn(this.definitions, name); number++) name = `${plain}_${number}`;
    this.#names.set(shape, name);
    // Reserved before its parts are converted, so that the definitions are in the order of the file.
    this.definitions[name] = {};
    this.definitions[name] = this.mapping(shape);
    return { $ref: `#/$defs/${name}` };
  }
}

/** The meaning of a key with its default. */
function describe(doc: string, written: string | undefined): string {
  return written === undefined ? doc : `${doc}; default: ${written}`;
}

function orVariable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, VARIABLE] };
}

/** The alternatives of an `anyOf`; of any other schema, the schema itself. */
function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const { anyOf, ...rest } = schema;
  const isChoice = Array.isArray(anyOf) && Object.keys(rest).length === 0;
  return isChoice ? anyOf.filter((each) => typeof each === "object") : [schema];
}

function distinct(schemas: readonly JsonSchema[]): readonly JsonSchema[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}

function defaultOf(shape: Shape, written: string): string | number | boolean {
  if (shape.kind === "either") {
    const number = shape.shapes.find(({ kind }) => kind === "integer");
    return number === undefined ? written : defaultOf(number, written);
  }
  if (shape.kind === "integer") return Number(written);
  return shape.kind === "boolean" ? written === "true" : written;
}

/**
 * The JSON Schema of configuration files, for editors, made from the tables that the reader uses. It covers keys and the
 * form of their values; only the reader finds invalid combinations.
 */
export function jsonSchema(): JsonSchema {
  const writer = new SchemaWriter();
  const { shape } = FILE;
  if (shape.kind !== "mapping") throw new TypeError("A file is a mapping");
  const file = writer.mapping(shape);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "lvsctl",
    description: "Configuration file of lvsctl: the desired state of a director",
    ...file,
    $defs: writer.definitions,
  };
}
