import { loadEffectiveFile } from "../../../core/config/mod.ts";
import { count } from "../../format/count.ts";
import { readConfigText } from "../../config/config_text.ts";
import { chosenFile, DEFAULT_FILE_HELP } from "../../config/default_file.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import { examples } from "../../options/examples.ts";
import { LABEL } from "../../options/label_options.ts";
import { STORE_ADDRESS_HELP, withStoredFile } from "../../options/store_options.ts";
import type { Context } from "../../context/context.ts";
import { withLabels } from "../../context/surroundings.ts";

/** `lvsctl config show`. */
export function showFileCommand(context: Context): CommandUnknownOpts {
  const command = new Command("show")
    .summary("print the effective configuration of a file")
    .description(
      "Prints one file that means the same as a file with its included files: each service has the defaults that apply to " +
        "it, and ranges and variables are written out. Host names stay. apply makes the same plan from it. Values that are " +
        "or may contain secrets are not printed; a note on standard error counts them.",
    )
    .addHelpText("after", examples("lvsctl config show lvsctl.yaml", "lvsctl config show lvsctl.yaml --defaults"))
    .argument("[file]", `YAML, ${STORE_ADDRESS_HELP}; - is standard input ${DEFAULT_FILE_HELP}`)
    .option("--defaults", "also print the keys that the file omits, with their built-in defaults");
  return withStoredFile(command).option(...LABEL)
    .action(async (named, { defaults, label, ...store }) => {
      const { io, surroundings } = context;
      const file = chosenFile(context, named);
      const { effectiveFile } = await loadEffectiveFile();
      const source = await readConfigText(context, { file, store });
      const { text, hidden } = await effectiveFile(source.text, {
        file: source.name,
        ...source.isStored ? {} : { files: surroundings.files },
        variables: surroundings.variables,
        host: surroundings.host,
        labels: withLabels(context, label).surroundings.labels,
        withDefaults: defaults,
      });
      io.out(text);
      if (hidden === 0) return;
      io.err(
        `lvsctl: ${count(hidden, "value")} ${
          hidden === 1 ? "is" : "are"
        } not printed, because of secrets; the table of ` +
          "this file is the same, but its checks, agents and notifications need these values\n",
      );
    });
}
