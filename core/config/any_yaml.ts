import { ConfigError } from "./config_error.ts";
import { LineIndex } from "./source/line_index.ts";
import { SourceReport } from "./source/source_report.ts";
import type { Tree } from "./source/tree.ts";
import { readYaml } from "./source/yaml.ts";

/** YAML of another program's form. */
export interface AnyYaml {
  /** What it says; undefined if it says nothing. */
  readonly tree: Tree | undefined;
  /** Line and column, both from 1, of an offset. */
  locate(offset: number): { readonly line: number; readonly column: number };
}

/**
 * Reads YAML, or JSON, that is none of lvsctl's files.
 *
 * @param options.file Its name, for messages.
 * @throws {ConfigError} If it is not valid.
 */
export async function readAnyYaml(text: string, options: { readonly file: string }): Promise<AnyYaml> {
  const report = new SourceReport(text);
  const tree = await readYaml(text, report);
  if (report.problems.length > 0) throw new ConfigError(options.file, report.problems);
  const lines = new LineIndex(text);
  return { tree, locate: (offset) => lines.locate(offset) };
}
