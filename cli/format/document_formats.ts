import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { fieldsOf, itemsOf, tryFieldsOf } from "../../core/json/mod.ts";
import { quoteYaml } from "../../core/model/mod.ts";
import type { DocumentFormat } from "../context/io.ts";

/** Documents as YAML; each of many begins with "---". */
export function yamlFormat(): DocumentFormat {
  const start = ({ isRepeated }: { readonly isRepeated: boolean }): string => isRepeated ? "---\n" : "";
  return {
    write: (document, options) => start(options) + yamlText(document),
    *writeList({ document, key, items }, options): Generator<string, void, undefined> {
      yield `${start(options)}${yamlText(document)}${quoteYaml(key)}:`;
      let isEmpty = true;
      for (const item of items) {
        yield `${isEmpty ? "\n" : ""}${text(blockLines([item]), "  ")}`;
        isEmpty = false;
      }
      if (isEmpty) yield " []\n";
    },
  };
}

/** A JSON value as a YAML document in blocks. */
export function yamlText(value: unknown): string {
  return text(blockLines(value), "");
}

function text(lines: readonly string[], indent: string): string {
  return lines.map((line) => `${indent}${line}\n`).join("");
}

/** The lines of a value: those of its parts are indented below their key or dash. */
function blockLines(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item) => {
      const [first = "", ...rest] = blockLines(item);
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
    });
  }
  const entries = Object.entries(tryFieldsOf(value) ?? {}).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return [scalarText(value)];
  return entries.flatMap(([key, each]) => {
    const lines = blockLines(each);
    const isBlock = itemsOf(each).length > 0 || Object.keys(fieldsOf(each)).length > 0;
    return isBlock
      ? [`${quoteYaml(key)}:`, ...lines.map((line) => `  ${line}`)]
      : [`${quoteYaml(key)}: ${lines.join("")}`];
  });
}

/** A value without parts. */
function scalarText(value: unknown): string {
  return typeof value === "string" ? quoteYaml(value) : JSON.stringify(value) ?? "null";
}

/** The lists of documents, and the keys of their items that have names which other commands accept. */
const NAMES: Readonly<Record<string, string>> = {
  candidates: "server",
  services: "service",
  servers: "server",
  vips: "vip",
  connections: "client",
  // Before the groups, which the document of routers has too.
  routers: "name",
  groups: "name",
  entries: "id",
  overrides: "server",
  "sync_daemons": "role",
  findings: "id",
};

/** The names of what documents show, one in each line. */
export function nameFormat(): DocumentFormat {
  return {
    write: (document) => namesIn(document).map((name) => `${name}\n`).join(""),
    *writeList({ key, items }): Generator<string, void, undefined> {
      for (const item of items) yield namesIn({ [key]: [item] }).map((name) => `${name}\n`).join("");
    },
  };
}

/**
 * The names in a document.
 *
 * @throws {LvsctlError} If it has no list of objects with names.
 */
function namesIn(document: Readonly<Record<string, unknown>>): readonly string[] {
  const [key, nameKey] = Object.entries(NAMES).find(([list]) => Array.isArray(document[list])) ?? [];
  if (key === undefined || nameKey === undefined) {
    throw new LvsctlError("the document has no names", { hint: "use --json", exitCode: EXIT.usage });
  }
  // The server that a client gets comes instead of candidates.
  const items = key === "candidates" && document["server"] !== null ? [document["server"]] : itemsOf(document[key]);
  return items.map((item) => String(fieldsOf(item)[nameKey]));
}
