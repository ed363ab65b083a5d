import { type Change, formatServiceId, listNames } from "../../core/model/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { consents } from "../context/consent.ts";
import type { Context } from "../context/context.ts";
import { executeChanges } from "../table/execute_changes.ts";

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
      using client = await context.openIpvs();
      const services = options.yes || options.dryRun ? [] : client.services();
      const names = services.map(({ id }) => formatServiceId(id));
      const question = names.length === 1
        ? "Delete this virtual service?"
        : `Delete all ${names.length} virtual services?`;
      const plan = (): Change[] => client.services().length === 0 ? [] : [{ operation: "flush" }];
      const isWanted = consents(context.io, {
        operation: "flush the table",
        losses: () => names.length === 0 ? [] : [`it deletes virtual service ${listNames(names)}`],
        asksAlways: false,
        plan: () => names.map((name) => `- delete virtual service ${name}\n`).join(""),
        question: () => question,
        yes: options.yes,
      });
      if (isWanted) executeChanges(context, { client, changes: plan, options });
    });
}
