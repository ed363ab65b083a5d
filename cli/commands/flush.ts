import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { executeChanges } from "../table/execute_changes.ts";

/** `lvsctl flush`. */
export function flushCommand(context: Context): CommandUnknownOpts {
  return new Command("flush")
    .description("Deletes every virtual service: all traffic through this director stops. On a terminal, asks first.")
    .addHelpText("after", examples("lvsctl flush --dry-run", "lvsctl flush --yes"))
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (options) => {
      using client = await context.openIpvs();
      const count = client.services().length;
      if (!options.yes && !options.dryRun && count > 0) {
        const { io } = context;
        if (!io.interactive) {
          throw new LvsctlError(`the table has ${count} virtual services`, {
            operation: "flush the table",
            hint: "add --yes to delete all of them",
            exitCode: EXIT.usage,
          });
        }
        if (!io.confirm(`Delete all ${count} virtual services?`)) return;
      }
      executeChanges(context, { client, changes: [{ operation: "flush" }], options });
    });
}
