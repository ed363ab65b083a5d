import { type Addresses, applyTarget } from "../../core/reconcile/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import { readDesired } from "../config_file.ts";
import type { Context } from "../context.ts";
import { toldVipChange } from "../format/vips.ts";
import { tell, toldChange } from "../perform.ts";

/** `lvsctl restore`. */
export function restoreCommand(context: Context): CommandUnknownOpts {
  return new Command("restore")
    .description(
      "Makes the kernel exactly what a file says, by the fewest changes and without ever emptying the table. " +
        "Services that the file does not name are deleted. If the file has VIPs, those that lvsctl added and that it does " +
        "not name are deleted too; new ones are announced.",
    )
    .argument("<file>", 'YAML, as written by "lvsctl save"; - is standard input')
    .option("--force", "add VIPs though another host answers for them")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (file, options) => {
      const desired = await readDesired(context, file);
      using client = await context.openIpvs();
      using vips = desired.vips === undefined ? undefined : await context.openVips();
      const plan = applyTarget(client, { ...desired, exact: true }, {
        dryRun: options.dryRun ?? false,
        ...(vips === undefined ? {} : { addresses: options.force ? unasked(vips) : vips }),
      });
      if (!options.dryRun) await vips?.announce(plan.vips.first.map(({ vip }) => vip));
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

/** The same addresses, but other hosts are not asked whether they have one. */
function unasked(vips: VipClient): Addresses {
  return { vips: () => vips.vips(), execute: (changes) => vips.execute(changes), assertFree: () => {} };
}
