import { Ajv2020 } from "ajv";
import { fieldsOf, itemsOf } from "../../core/json/mod.ts";

const DIRECTORY = new URL("../../docs/schemas/", import.meta.url);
const SUFFIX = ".schema.json";

/** The schemas of the documents that commands print as JSON, as docs/schemas has them. */
export class DocumentSchemas {
  readonly #schemas: ReadonlyMap<string, unknown>;
  readonly #ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });

  private constructor(schemas: ReadonlyMap<string, unknown>) {
    this.#schemas = schemas;
    this.#ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/);
    for (const schema of schemas.values()) this.#ajv.addSchema(fieldsOf(closed(schema)));
  }

  /** Reads the folder. */
  static async read(): Promise<DocumentSchemas> {
    const schemas = new Map<string, unknown>();
    for await (const { name } of Deno.readDir(DIRECTORY)) {
      schemas.set(name.slice(0, -SUFFIX.length), JSON.parse(await Deno.readTextFile(new URL(name, DIRECTORY))));
    }
    return new DocumentSchemas(schemas);
  }

  /** The names of the documents. */
  get names(): readonly string[] {
    return [...this.#schemas.keys()].filter((name) => name !== "common").sort();
  }

  /** The title of a document's schema: the commands that print it. */
  title(name: string): string {
    return String(fieldsOf(this.#schemas.get(name))["title"]);
  }

  /** The problems of a document: what breaks its schema, keys that the schema does not name, another order of keys. */
  problems(name: string, document: unknown): readonly string[] {
    const validate = this.#ajv.getSchema(`${name}${SUFFIX}`);
    if (validate === undefined) return [`there is no schema ${name}`];
    const known = Object.keys(fieldsOf(fieldsOf(this.#schemas.get(name))["properties"]));
    const keys = Object.keys(fieldsOf(document));
    const ordered = known.filter((key) => keys.includes(key));
    const isOrdered = keys.filter((key) => known.includes(key)).every((key, index) => key === ordered[index]);
    validate(document);
    return [
      ...(validate.errors ?? []).map(({ instancePath, message = "", params }) =>
        `${instancePath} ${message} ${JSON.stringify(params)}`
      ),
      ...(isOrdered ? [] : [`the order of the keys is ${keys.join(", ")}`]),
    ];
  }
}

/** A schema that refuses keys that it does not name: for users they may be added, but tests want them described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return itemsOf(schema).map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in parts && "type" in parts ? { ...parts, additionalProperties: false } : parts;
}
