import type { DesiredState } from "../../core/model/mod.ts";
import { parseDesired } from "./read_config.ts";
import type { Context } from "../context/context.ts";
import { readFile } from "../context/io.ts";

/** Formats of a state: lvsctl's YAML, and ipvsadm's rules. */
export const STATE_FORMATS = ["yaml", "rules"] as const;

/** One of {@linkcode STATE_FORMATS}. */
export type StateFormat = (typeof STATE_FORMATS)[number];

/**
 * Reads a file with the desired table: YAML, or rules in ipvsadm's format.
 *
 * @param context The source of standard input.
 * @param file The file's path; "-" is standard input.
 * @param options.format The format; by default it is detected from the text.
 * @throws {LvsctlError} If the file cannot be read or is not valid.
 */
export async function readDesiredTable(
  context: Context,
  file: string,
  { format }: { readonly format?: StateFormat | undefined } = {},
): Promise<DesiredState> {
  const text = readFile(context.io, file);
  if ((format ?? formatOf(text)) === "yaml") return await parseDesired(context, text, { file });
  const [{ readRules }, { openNames }] = await Promise.all([
    import("../ipvsadm/rules_file.ts"),
    import("../../core/system/names.ts"),
  ]);
  using names = openNames();
  return readRules(text, { file, names });
}

/** The format of a text, by its first line that is neither empty nor a comment: rules begin with an option. */
function formatOf(text: string): StateFormat {
  const [first = ""] = /^(?!\s*#).*\S.*$/m.exec(text) ?? [];
  return /^\s*(?:ipvsadm\s+)?--?[A-Za-z]/.test(first) ? "rules" : "yaml";
}
