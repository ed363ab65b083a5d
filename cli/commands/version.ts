import { Command } from "../options/commander.ts";
import { DOCUMENT_HELP, documentArgument, OUTPUT_FLAGS } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { printJson } from "../format/json.ts";
import { VERSION } from "../context/version.ts";

/** `lvsctl version`. */
export function versionCommand({ io }: Context): Command<[], { json?: true }> {
  return new Command("version")
    .description("Prints the version of lvsctl; with --json also that of its runtime, Deno.")
    .addHelpText("after", examples("lvsctl version", "lvsctl version --json"))
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, DOCUMENT_HELP, documentArgument)
    .action(({ json }) => {
      if (json) printJson(io, { lvsctl: VERSION, deno: Deno.version.deno });
      else io.out(`lvsctl ${VERSION}\n`);
    });
}
