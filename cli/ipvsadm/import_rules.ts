import { ConfigError, type Problem } from "../../core/config/mod.ts";
import { type Imported, type ImportSource, loadImporting } from "../../core/importers/mod.ts";
import { firstWord, formatServerId, formatServiceId } from "../../core/model/mod.ts";
import { openNames } from "../../core/system/names.ts";
import { readRules } from "./rules_file.ts";

/**
 * Converts rules in the format of `ipvsadm -S` and `ipvsadm -R` to a configuration file; reports the invalid ones.
 *
 * @throws {ConfigError} If no service is left; it names every invalid rule.
 */
export async function importRules({ file, text }: ImportSource): Promise<Imported> {
  using names = openNames();
  const lines = new Map<string, number>();
  const invalid: Problem[] = [];
  const state = readRules(text, { file, names, lines, invalid });
  if (state.services.length === 0 && invalid.length > 0) throw new ConfigError(file, invalid);
  const ruleLines = text.split("\n");
  const wordsOf = (line: number): string => ruleLines[line - 1]?.trim() ?? "";
  const { importTable, Report } = await loadImporting();
  const report = new Report();
  for (const { line, column, message } of invalid) {
    const words = wordsOf(line);
    report.add({ file, line, column, words: words.startsWith("-") ? words : firstWord(words) }, message);
  }
  return await importTable(state, {
    program: "ipvsadm",
    file,
    originOf: (service, server) => {
      const name = formatServiceId(service.id);
      const line = lines.get(server === undefined ? name : `${name}/${formatServerId(server)}`) ?? 1;
      return { file, line, column: 1, words: wordsOf(line) };
    },
    report,
  });
}
