import { wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { applyWithConfirmation } from "../table/apply_with_confirmation.ts";
import { readDesiredTable, STATE_FORMATS } from "../config/read_table.ts";
import { respectDaemon } from "../daemon/managed_services.ts";
import { DRAIN_HELP, LOCK_TIMEOUT_HELP, waitArgument } from "../options/apply_options.ts";

/** `lvsctl restore`. */
export function restoreCommand(context: Context): CommandUnknownOpts {
  return new Command("restore")
    .description(
      "Changes the kernel to exactly what a file describes, by the fewest changes and without emptying the table on the " +
        "way. Services that the file does not name are deleted. If the file has VIPs, other VIPs that lvsctl added are " +
        "deleted too; new ones are announced. On a terminal it asks for confirmation; without one, a restore that takes " +
        "something away needs --yes.",
    )
    .argument("<file>", 'YAML, as written by "lvsctl save", or rules in ipvsadm\'s format; - is standard input')
    .option("--format <format>", "yaml or rules, if the content does not tell", wordArgument(STATE_FORMATS))
    .option("--drain <duration>", `${DRAIN_HELP} (default: 0s)`, waitArgument)
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option("--force", "add VIPs even if another host answers for them")
    .option("-y, --yes", "do not ask for confirmation")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (file, options) => {
      const desired = await readDesiredTable(context, file, options);
      using client = await context.openIpvs();
      using vips = desired.vips === undefined ? undefined : await context.openVips();
      const request = {
        client,
        vips,
        target: await respectDaemon(context, { ...desired, exact: true }, { client, file }),
        drainMs: options.drain ?? 0,
        force: options.force,
      };
      await applyWithConfirmation(context, request, {
        ...options,
        operation: "restore",
        lockTimeoutMs: options.lockTimeout,
      });
    })
    .addHelpText(
      "after",
      examples("lvsctl restore state.yaml --yes", "lvsctl restore ipvsadm.rules --format rules --dry-run"),
    );
}
