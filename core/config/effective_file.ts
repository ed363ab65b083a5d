import { MASK } from "../model/mod.ts";
import { readCanonical } from "./canonical/read_canonical.ts";
import type { ConfigOptions } from "./config_file.ts";
import { FileReader } from "./file_reader.ts";
import { FILE } from "./schema/file_schema.ts";
import { displayName } from "./source/problem.ts";
import { resolvedTree } from "./show/resolved_tree.ts";
import { writeTree, type WrittenTree } from "./show/write_tree.ts";

/** Options of {@linkcode effectiveFile}. */
export interface EffectiveFileOptions extends ConfigOptions {
  /**
   * Whether keys that the file omits are written with their built-in defaults.
   *
   * @default {false}
   */
  readonly withDefaults?: boolean | undefined;
}

/**
 * The one file without includes, defaults, ranges and variables that means the same as a file, without its secrets.
 * Host names stay names.
 *
 * @param text The whole file, decoded.
 * @throws {ConfigError} If the file is not valid; the error has every problem.
 */
export async function effectiveFile(text: string, options: EffectiveFileOptions): Promise<WrittenTree> {
  const { withDefaults = false, ...rest } = options;
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  // A file that save wrote has none of these, and may be too large for the YAML library.
  if (!withDefaults && readCanonical(body) !== undefined) return { text: body, hidden: 0 };
  const tree = await new FileReader(body, rest).readTree();
  const written = writeTree(resolvedTree(tree), { shape: FILE.shape, withDefaults });
  return { ...written, text: `${head(options.file, written.hidden)}${written.text}` };
}

function head(file: string, hidden: number): string {
  const title = `# The effective content of ${displayName(file)}\n`;
  return hidden === 0 ? title : `${title}# ${MASK}, or the word hidden, stands for a value that may contain a secret\n`;
}
