import { performRequest, planRequest } from "../table/apply_file.ts";
import { wordArgument } from "../options/arguments.ts";
import { Changing } from "../table/journaled_change.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { readDesiredTable, STATE_FORMATS } from "../config/read_table.ts";
import { toldVipChange } from "../format/vips.ts";
import { DRAIN_HELP, LOCK_TIMEOUT_HELP, waitArgument } from "../options/apply_options.ts";
import { tell, toldChange } from "../format/printed_change.ts";

/** `lvsctl restore`. */
export function restoreCommand(context: Context): CommandUnknownOpts {
  return new Command("restore")
    .description(
      "Makes the kernel exactly what a file says, by the fewest changes and without ever emptying the table. " +
        "Services that the file does not name are deleted. If the file has VIPs, those that lvsctl added and that it does " +
        "not name are deleted too; new ones are announced.",
    )
    .argument("<file>", 'YAML, as written by "lvsctl save", or rules in ipvsadm\'s format; - is standard input')
    .option("--format <format>", "yaml or rules, where it does not show by itself", wordArgument(STATE_FORMATS))
    .option("--drain <duration>", `${DRAIN_HELP} (default: 0s)`, waitArgument)
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option("--force", "add VIPs though another host answers for them")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (file, options) => {
      const desired = await readDesiredTable(context, file, options.format);
      using client = await context.openIpvs();
      using vips = desired.vips === undefined ? undefined : await context.openVips();
      const request = {
        client,
        vips,
        target: { ...desired, exact: true },
        drainMs: options.drain ?? 0,
        force: options.force ?? false,
      };
      using changing = options.dryRun ? undefined : new Changing(context, {
        operation: "restore",
        ...(options.lockTimeout === undefined ? {} : { lockTimeoutMs: options.lockTimeout }),
      });
      const plan = changing === undefined
        ? await planRequest(context, request)
        : await performRequest(context, request, changing);
      tell(context, {
        options,
        changes: () => [
          ...plan.vips.first.map(toldVipChange),
          ...plan.changes.map(toldChange),
          ...plan.vips.last.map(toldVipChange),
        ],
      });
    });
}
