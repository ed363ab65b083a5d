import { ConfigError } from "./config_error.ts";
import { LineIndex } from "./source/line_index.ts";
import { SourceReport } from "./source/source_report.ts";
import type { Tree } from "./source/tree.ts";
import { readYaml } from "./source/yaml.ts";

/** A YAML file of another program. */
export interface AnyYaml {
  /** The document; undefined if the file is empty. */
  readonly tree: Tree | undefined;
  /** Line and column, both from 1, of an offset. */
  locate(offset: number): { readonly line: number; readonly column: number };
}

/**
 * Reads another program's YAML or JSON.
 *
 * @param options.file The file's name, for messages.
 * @throws {ConfigError} If the YAML is not valid.
 */
export async function readAnyYaml(text: string, options: { readonly file: string }): Promise<AnyYaml> {
  const report = new SourceReport(text);
  const tree = await readYaml(text, report);
  if (report.problems.length > 0) {
    throw new ConfigError(options.file, report.problems, { unlisted: report.unlistedProblems });
  }
  const lines = new LineIndex(text);
  return { tree, locate: (offset) => lines.locate(offset) };
}

/**
 * Reads another program's YAML or JSON as plain objects, lists and texts: every scalar is its text.
 *
 * @param options.file The file's name, for messages.
 * @throws {ConfigError} If the YAML is not valid.
 */
export async function readPlainYaml(text: string, options: { readonly file: string }): Promise<unknown> {
  const { tree } = await readAnyYaml(text, options);
  return tree === undefined ? undefined : plainValue(tree);
}

function plainValue(tree: Tree): unknown {
  switch (tree.kind) {
    case "scalar":
      return tree.text;
    case "list":
      return tree.items.map(plainValue);
    case "mapping":
      return Object.fromEntries(
        tree.entries.flatMap(({ key, value }) => key.kind === "scalar" ? [[key.text, plainValue(value)]] : []),
      );
  }
}
