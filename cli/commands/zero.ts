import { defined } from "../../core/model/mod.ts";
import { serviceArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { changeTable } from "../table/change_table.ts";

/** `lvsctl zero`. */
export function zeroCommand(context: Context): CommandUnknownOpts {
  return new Command("zero")
    .description("Zeroes the counters of one virtual service, or of all.")
    .addHelpText("after", examples("lvsctl zero", "lvsctl zero tcp://192.0.2.10:80"))
    .argument("[service]", "the virtual service (default: all)", serviceArgument)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (id, options) => {
      await changeTable(context, { plan: () => [defined({ operation: "zero", id } as const)], options });
    });
}
