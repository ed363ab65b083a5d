import { type Imported, type ImportSource, loadImporting } from "../../core/importers/mod.ts";
import { formatServerId, formatServiceId } from "../../core/model/mod.ts";
import { openNames } from "../../core/system/names.ts";
import { readRules } from "./rules_file.ts";

/**
 * Converts rules in the format of `ipvsadm -S` and `ipvsadm -R` to a configuration file.
 *
 * @throws {ConfigError} If a rule is invalid; it names every invalid rule.
 */
export async function importRules({ file, text }: ImportSource): Promise<Imported> {
  using names = openNames();
  const lines = new Map<string, number>();
  const state = readRules(text, { file, names, lines });
  const ruleLines = text.split("\n");
  const { importTable } = await loadImporting();
  return await importTable(state, {
    program: "ipvsadm",
    file,
    originOf: (service, server) => {
      const name = formatServiceId(service.id);
      const line = lines.get(server === undefined ? name : `${name}/${formatServerId(server)}`) ?? 1;
      return { file, line, column: 1, words: ruleLines[line - 1]?.trim() ?? "" };
    },
  });
}
