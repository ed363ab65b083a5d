import { type Change, formatServiceId, listNames } from "../../core/model/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { consents } from "../context/consent.ts";
import type { Context, TableView } from "../context/context.ts";
import { changeTableAndWarn } from "../daemon/managed_services.ts";

/** `lvsctl flush`. */
export function flushCommand(context: Context): CommandUnknownOpts {
  return new Command("flush")
    .description(
      "Deletes every virtual service: all traffic through this director stops. On a terminal it asks first; without one, it " +
        "needs --yes.",
    )
    .addHelpText("after", examples("lvsctl flush --dry-run", "lvsctl flush --yes"))
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (options) => {
      const plan = (table: TableView): Change[] => table.services().length === 0 ? [] : [{ operation: "flush" }];
      if (!options.yes && !options.dryRun && context.batch === undefined && !await isWanted(context)) return;
      await changeTableAndWarn(context, { plan, options });
    });
}

/** Asks for consent, unless there is no service. */
async function isWanted(context: Context): Promise<boolean> {
  using client = await context.openIpvs();
  const names = client.services().map(({ id }) => formatServiceId(id));
  return consents(context.io, {
    operation: "flush the table",
    losses: () => names.length === 0 ? [] : [`it deletes virtual service ${listNames(names)}`],
    asksAlways: false,
    plan: () => names.map((name) => `- delete virtual service ${name}\n`).join(""),
    question: () =>
      names.length === 1 ? "Delete this virtual service?" : `Delete all ${names.length} virtual services?`,
  });
}
