import { serviceArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { executeChanges } from "../table/execute_changes.ts";

/** `lvsctl zero`. */
export function zeroCommand(context: Context): CommandUnknownOpts {
  return new Command("zero")
    .description("Zeroes the counters of one virtual service, or of all.")
    .argument("[service]", "only this virtual service", serviceArgument)
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (id, options) => {
      using client = await context.openIpvs();
      executeChanges(context, {
        client,
        changes: [{ operation: "zero", ...(id === undefined ? {} : { id }) }],
        options,
      });
    });
}
