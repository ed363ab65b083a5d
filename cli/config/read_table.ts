import type { DesiredState } from "../../core/model/mod.ts";
import { parseDesired } from "./read_config.ts";
import type { Context } from "../context/context.ts";
import { readFile } from "../context/io.ts";

/** Forms that a state is written in: lvsctl's own, and ipvsadm's. */
export const STATE_FORMATS = ["yaml", "rules"] as const;

/** One of {@linkcode STATE_FORMATS}. */
export type StateFormat = (typeof STATE_FORMATS)[number];

/**
 * Reads a whole file that says what the table should be: YAML, or rules in ipvsadm's format.
 *
 * @param context Where "-" is read from.
 * @param file Its name.
 * @param format Its form; it shows by itself where it is not given.
 * @throws {LvsctlError} If it cannot be read, or anything is wrong with it.
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

/** The form of a text, by its first line that is neither empty nor a comment: no YAML that is a mapping begins so. */
function formatOf(text: string): StateFormat {
  const [first = ""] = /^(?!\s*#).*\S.*$/m.exec(text) ?? [];
  return /^\s*(?:ipvsadm\s+)?--?[A-Za-z]/.test(first) ? "rules" : "yaml";
}
