import type { ConfigFile } from "../../core/config/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { ReadingProgress } from "../terminal/reading_progress.ts";
import { readConfigText, type StoreRequest } from "./config_text.ts";
import { parseDesired } from "./read_config.ts";

/** Formats of a state: lvsctl's YAML, and ipvsadm's rules. */
export const STATE_FORMATS = ["yaml", "rules"] as const;

/** One of {@linkcode STATE_FORMATS}. */
export type StateFormat = (typeof STATE_FORMATS)[number];

/** Options of {@linkcode readTable}. */
export interface ReadTableOptions {
  /** The format; by default it is detected from the text. */
  readonly format?: StateFormat | undefined;
  /** How a store is read, whose address may be in place of the path. */
  readonly store?: StoreRequest | undefined;
  /** Whether host names and sources without an answer are left out: their services name them. */
  readonly omitsUnresolved?: boolean | undefined;
}

/**
 * Reads a file with the desired table: YAML, or rules in ipvsadm's format.
 *
 * @param context The source of standard input.
 * @param file The file's path; "-" is standard input.
 * @throws {LvsctlError} If the file cannot be read or is not valid.
 */
export async function readDesiredTable(
  context: Context,
  file: string,
  options: ReadTableOptions = {},
): Promise<DesiredState> {
  return (await readTable(context, file, options)).desired;
}

/** As {@linkcode readDesiredTable}, with the sources of servers that the file names. */
export async function readTable(
  context: Context,
  file: string,
  { format, store, omitsUnresolved }: ReadTableOptions = {},
): Promise<Pick<ConfigFile, "desired" | "sources">> {
  const { text, name, isStored } = await readConfigText(context, { file, store });
  // A store has no rules: a push validates its text as YAML.
  if (isStored || (format ?? formatOf(text)) === "yaml") {
    return await parseDesired(context, text, { file: name, includes: !isStored, omitsUnresolved });
  }
  const [{ readRules }, { openNames }] = await Promise.all([
    import("../ipvsadm/rules_file.ts"),
    import("../../core/system/names.ts"),
  ]);
  using names = openNames();
  using reading = new ReadingProgress(context);
  reading.add(text, { name });
  return { desired: readRules(text, { file, names }), sources: [] };
}

/** The format of a text, by its first line that is neither empty nor a comment: rules begin with an option. */
function formatOf(text: string): StateFormat {
  const [first = ""] = /^(?!\s*#).*\S.*$/m.exec(text) ?? [];
  return /^\s*(?:ipvsadm\s+)?--?[A-Za-z]/.test(first) ? "rules" : "yaml";
}
