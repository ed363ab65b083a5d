/**
 * lvsctl.yaml(5), from the JSON Schema of configuration files.
 *
 * @module
 */
import { type JsonSchema, jsonSchema } from "../../core/config/schema/json_schema.ts";
import type { Release } from "./command_pages.ts";
import { bold, escapeText, head, type ManualPage, manualPage, paragraph, seeAlso, tagged, verbatim } from "./roff.ts";

const EXAMPLE = [
  "version: 1",
  "vips: [{ address: 192.0.2.10/32, device: eth0 }]",
  "services:",
  "  - name: web",
  "    listen: tcp://192.0.2.10:80",
  "    check: { type: http, path: / }",
  "    servers: [10.0.0.11:8080, 10.0.0.12:8080]",
];

/** The keys of a mapping. */
type Keys = Readonly<Record<string, JsonSchema>>;

/** Makes lvsctl.yaml(5). */
export function filePage({ version, date }: Release): ManualPage {
  const schema = jsonSchema();
  const definitions = keysOf(schema, "$defs");
  // Checks within all_of, any_of and k_of have the keys of the others, without their timing.
  const names = Object.keys(definitions).filter((name) => name !== "variable" && !/^check_of_type_\w+_2$/.test(name));
  const checks = names.filter((name) => name.startsWith("check_of_type_"));
  const common = commonKeys(checks.map((name) => propertiesOf(definitions[name])));
  const name = "lvsctl.yaml";
  const lines = [
    ...head({ name, section: 5, summary: "configuration file of lvsctl", version, date }),
    ".SH DESCRIPTION",
    ...paragraph(
      "The file describes the services of a director, in YAML. lvsctl uses /etc/lvsctl/lvsctl.yaml if a command line " +
        "names no file. A key that is not on this page is an error. A value may contain environment variables, as " +
        "${NAME} or ${NAME:-default}. lvsctl config check reads a file and reports every mistake with its line.",
    ),
    ".SH EXAMPLE",
    ...verbatim(EXAMPLE),
    ".SH TOP LEVEL",
    ...keys(propertiesOf(schema), requiredOf(schema)),
    ...sections(definitions, names.filter((name) => !checks.includes(name))),
    ".SH KEYS OF MOST CHECKS",
    ...keys(common, []),
    ".SH CHECKS",
    ...checks.flatMap((name) => checkSection(definitions[name], common)),
    ...seeAlso([["lvsctl", 8], ["lvsctl-config", 8], ["lvsctl-run", 8], ["lvsctl-apply", 8]]),
  ];
  return manualPage({ name, section: 5 }, lines);
}

function sections(definitions: Keys, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const definition = definitions[name];
    return [
      `.SH ${escapeText(titleOf(name).toUpperCase())}`,
      ...keys(propertiesOf(definition), requiredOf(definition)),
    ];
  });
}

/** The keys that a type of checks has besides the common ones. */
function checkSection(definition: JsonSchema | undefined, common: Keys): readonly string[] {
  const properties = propertiesOf(definition);
  const own = Object.entries(properties).filter(([key, schema]) => key !== "type" && !isSame(schema, common[key]));
  const missing = Object.keys(common).filter((key) => properties[key] === undefined);
  const type = valueWords(properties["type"] ?? {});
  return [
    `.SS ${escapeText(`type: ${type}`)}`,
    ...(own.length === 0
      ? paragraph("It has no keys of its own.")
      : keys(Object.fromEntries(own), requiredOf(definition))),
    ...(missing.length === 0 ? [] : paragraph(`Of the keys of most checks, it lacks ${missing.join(", ")}.`)),
  ];
}

/** The keys that more than half of the mappings have in the same form. */
function commonKeys(mappings: readonly Keys[]): Keys {
  const counts = new Map<string, { key: string; schema: JsonSchema; count: number }>();
  for (const [key, schema] of mappings.flatMap((mapping) => Object.entries(mapping))) {
    const id = `${key} ${JSON.stringify(schema)}`;
    const known = counts.get(id) ?? { key, schema, count: 0 };
    counts.set(id, { ...known, count: known.count + 1 });
  }
  const common = [...counts.values()].filter(({ key, count }) => key !== "type" && count * 2 > mappings.length);
  return Object.fromEntries(common.map(({ key, schema }) => [key, schema]));
}

function isSame(one: JsonSchema, other: JsonSchema | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function keys(properties: Keys, required: readonly string[]): readonly string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const { description } = schema;
    const doc = typeof description === "string" ? `${description}.` : "";
    const form = valueWords(schema);
    const needed = required.includes(key) ? " The key is required." : "";
    return tagged(bold(key), `${doc}${form === "text" ? "" : ` Value: ${form}.`}${needed}`.trim());
  });
}

/** The form of a value in words. */
function valueWords(schema: JsonSchema): string {
  const { anyOf, enum: values, type, items, minimum, maximum, $ref } = schema;
  if (typeof $ref === "string") return `a mapping: ${titleOf($ref.replace(/^.*\//, ""))}`;
  if (Array.isArray(anyOf)) {
    const words = anyOf.filter(isSchema).filter((each) => each["$ref"] !== "#/$defs/variable").map(valueWords);
    const types = words.filter((each) => each.startsWith(CHECK));
    const others = words.filter((each) => !each.startsWith(CHECK));
    return [...new Set([...(types.length > 1 ? ["a mapping: a check"] : types), ...others])].join(", or ");
  }
  if (Array.isArray(values)) return values.join(", ");
  if (type === "integer") return minimum === maximum ? `${minimum}` : `${minimum} to ${maximum}`;
  if (type === "boolean") return "true, false";
  if (type === "array") return `a list; each entry is ${isSchema(items) ? valueWords(items) : "a value"}`;
  if (type === "object") return "a mapping of names to values";
  return type === "string" ? "text" : `${type ?? "any"}`;
}

const CHECK = "a mapping: check of type ";

/** The name of a mapping in words; the schema numbers those of the same name. */
function titleOf(name: string): string {
  return name.replaceAll("_", " ");
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keysOf(schema: JsonSchema, keyword: string): Keys {
  const found = schema[keyword];
  if (!isSchema(found)) return {};
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1])));
}

function propertiesOf(schema: JsonSchema | undefined): Keys {
  return schema === undefined ? {} : keysOf(schema, "properties");
}

function requiredOf(schema: JsonSchema | undefined): readonly string[] {
  const required = schema?.["required"];
  return Array.isArray(required) ? required.filter((each) => typeof each === "string") : [];
}
