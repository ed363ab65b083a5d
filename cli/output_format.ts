import { EXIT, LvsctlError } from "../core/errors/mod.ts";
import type { Io } from "./context/io.ts";
import { nameFormat, yamlFormat } from "./format/document_formats.ts";
import type { CommandUnknownOpts } from "./options/commander.ts";

/**
 * Makes the format of `--output` that of a command line: `json` and `wide` are short for the options of these names,
 * and the other formats write the document that `--json` would.
 *
 * @param command The command that is about to run.
 * @throws {LvsctlError} If `--json` asks for another format.
 */
export function chooseOutputFormat(command: CommandUnknownOpts, io: Io): void {
  const { output, json } = command.opts();
  if (output === undefined) return;
  if (json === true && output !== "json") {
    throw new LvsctlError(`--json and --output ${output} exclude each other`, {
      hint: "use one of them",
      exitCode: EXIT.usage,
    });
  }
  if (output === "wide") return void command.setOptionValue("wide", true);
  command.setOptionValue("json", true);
  io.documentFormat = output === "yaml" ? yamlFormat() : output === "name" ? nameFormat() : undefined;
}
