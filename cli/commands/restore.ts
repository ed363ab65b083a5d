import { parseConfig } from "../../core/config/mod.ts";
import { applyTarget } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import { type Context, readFile } from "../context.ts";
import { tellChanges } from "../perform.ts";

/** `lvsctl restore`. */
export function restoreCommand(context: Context): CommandUnknownOpts {
  return new Command("restore")
    .description(
      "Makes the kernel exactly what a file says, by the fewest changes and without ever emptying the table. " +
        "Services that the file does not name are deleted.",
    )
    .argument("<file>", 'YAML, as written by "lvsctl save"; - is standard input')
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (file, options) => {
      const desired = await parseConfig(readFile(context.io, file), { file });
      using client = await context.openIpvs();
      const { changes } = applyTarget(client, { ...desired, exact: true }, { dryRun: options.dryRun ?? false });
      tellChanges(context, changes, options);
    });
}
