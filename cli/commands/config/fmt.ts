import { loadFormatFile } from "../../../core/config/mod.ts";
import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { chosenFile, DEFAULT_FILE_HELP } from "../../config/default_file.ts";
import type { Context } from "../../context/context.ts";
import { readFile } from "../../context/io.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import { examples } from "../../options/examples.ts";
import { ReadingProgress } from "../../terminal/reading_progress.ts";
import { replaceFile } from "../../state/atomic_file.ts";

/** `lvsctl config fmt`. */
export function formatFileCommand(context: Context): CommandUnknownOpts {
  return new Command("fmt")
    .summary("print a file in one layout, with its comments")
    .description(
      "Prints the file with the same indentation, blanks and quotes everywhere. Comments, variables, the order of keys and " +
        "brackets stay. It does not check the keys, and does not read included files.",
    )
    .addHelpText("after", examples("lvsctl config fmt lvsctl.yaml", "lvsctl config fmt --write lvsctl.yaml"))
    .argument("[file]", `YAML; - is standard input ${DEFAULT_FILE_HELP}`)
    .option("--write", "replace the file with the result")
    .action(async (named, { write }) => {
      const file = chosenFile(context, named);
      if (write === true && file === "-") {
        throw new LvsctlError("standard input cannot be replaced", {
          hint: "leave --write out",
          exitCode: EXIT.usage,
        });
      }
      const text = readFile(context.io, file);
      const formatted = await format(context, text, { file });
      if (write !== true) context.io.out(formatted);
      else if (formatted !== text) replaceFile(file, formatted);
    });
}

async function format(context: Context, text: string, { file }: { readonly file: string }): Promise<string> {
  const { formatFile } = await loadFormatFile();
  using reading = new ReadingProgress(context);
  reading.add(text, { name: file });
  return await formatFile(text, { file });
}
