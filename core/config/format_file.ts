import { EXIT, LvsctlError } from "../errors/mod.ts";
import { ConfigError } from "./config_error.ts";
import { SourceReport } from "./source/source_report.ts";
import type { Tree } from "./source/tree.ts";
import { formatYaml, readYaml } from "./source/yaml.ts";

/**
 * A file in the canonical layout of YAML: two spaces, one blank before a comment, no needless quotes of keys. Comments,
 * anchors, the order of keys and the choice between blocks and brackets stay.
 *
 * @param options.file The file's name, for messages.
 * @throws {ConfigError} If the YAML is not valid.
 * @throws {LvsctlError} If the result would lose a comment, or mean something else.
 */
export async function formatFile(text: string, { file }: { readonly file: string }): Promise<string> {
  const before = await treeOf(text, file);
  const { text: formatted, comments } = await formatYaml(text);
  const after = await treeOf(formatted, file);
  const { comments: left } = await formatYaml(formatted);
  if (plain(before) === plain(after) && comments.toSorted().join("\n") === left.toSorted().join("\n")) return formatted;
  throw new LvsctlError("the result would lose a comment or mean something else", {
    operation: "format",
    object: file,
    hint: "move comments from within brackets to lines of their own",
    exitCode: EXIT.usage,
  });
}

async function treeOf(text: string, file: string): Promise<Tree | undefined> {
  const report = new SourceReport(text);
  const tree = await readYaml(text, report);
  if (report.problems.length > 0) throw new ConfigError(file, report.problems, { unlisted: report.unlistedProblems });
  return tree;
}

/** What a tree means, as text: without places and styles, but with the difference between text and other values. */
function plain(tree: Tree | undefined): string {
  return JSON.stringify(tree, (key, value) => key === "offset" ? undefined : value) ?? "";
}
