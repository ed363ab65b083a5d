import { EXIT } from "../../core/errors/mod.ts";
import { isEmptyPlan } from "../../core/reconcile/mod.ts";
import { planApply, stateOf } from "../table/apply_file.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import {
  COLOR_HELP,
  colorArgument,
  DOCUMENT_HELP,
  documentArgument,
  OUTPUT_FLAGS,
  WIDE_HELP,
} from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { LABEL } from "../options/label_options.ts";
import { STORE_ADDRESS_HELP, withStoredFile } from "../options/store_options.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { withLabels } from "../context/surroundings.ts";
import { chosenFile, DEFAULT_FILE_HELP } from "../config/default_file.ts";
import { readDesiredTable } from "../config/read_table.ts";
import { respectDaemon } from "../daemon/managed_services.ts";
import { overridesForFile } from "../table/overrides_for_file.ts";
import { formatPlan, planJson } from "../format/plan.ts";
import { printJson } from "../format/json.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import {
  DEFAULT_DRAIN_MS,
  DRAIN_HELP,
  ONLY_HELP,
  onlyArgument,
  REHEARSE_HELP,
  waitArgument,
} from "../options/apply_options.ts";
import { fileTarget } from "../table/target.ts";

/** `lvsctl plan`. */
export function planCommand(context: Context): CommandUnknownOpts {
  const command = new Command("plan")
    .description(
      "Prints the changes that apply would make, in order, and changes nothing. Services that the file does not name " +
        "are not touched.",
    )
    .argument(
      "[file]",
      `YAML, rules in ipvsadm's format, ${STORE_ADDRESS_HELP}; - is standard input ${DEFAULT_FILE_HELP}`,
    )
    .option("--prune", "also delete services that the file does not name, and VIPs that lvsctl added")
    .option("--keep-weights", "existing servers keep their weights")
    .option("--only <kinds>", ONLY_HELP, onlyArgument)
    .option("--drain <duration>", `${DRAIN_HELP} (default: 10s)`, waitArgument)
    .option("--out <file>", "save the plan, for apply --plan")
    .option("--exit-code", `exit with ${EXIT.differs} if there are changes`)
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--rehearse", REHEARSE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, DOCUMENT_HELP, documentArgument);
  return withStoredFile(command)
    .option(...LABEL)
    .action(withStatus(async (named, options) => {
      const { io } = context;
      const { out } = options;
      if (out !== undefined) await (await import("./plan/save_plan.ts")).refuseUnusable(out, options);
      const file = chosenFile(context, named);
      const desired = await readDesiredTable(withLabels(context, options.label), file, {
        store: { ...options, changes: options.out !== undefined },
      });
      using client = await context.openIpvs();
      using vips = desired.vips === undefined ? undefined : await context.openVips();
      const { target, selection } = fileTarget(desired, { ...options, overrides: overridesForFile(context, desired) });
      const request = {
        client,
        vips,
        target: await respectDaemon(context, target, { client, file }),
        selection,
        drainMs: options.drain ?? DEFAULT_DRAIN_MS,
      };
      if (options.rehearse) return await (await import("../table/rehearsal.ts")).rehearse(context, request, options);
      const plan = planApply(context, request);
      const state = stateOf(request, plan);
      if (out !== undefined) {
        const { savePlan } = await import("./plan/save_plan.ts");
        savePlan(context, out, { file, desired, state, plan, options: { ...options, drainMs: request.drainMs } });
      }
      if (options.json) printJson(io, planJson(plan, { state, dryRun: true }));
      else {
        const lines = [...formatPlan(plan, { width: outWidth(io, options) }), `State of the kernel: ${state}`];
        printLines(io, lines, options);
        if (out !== undefined) io.out(`Saved; "lvsctl apply --plan ${out}" makes these changes in this state\n`);
      }
      return options.exitCode && !isEmptyPlan(plan) ? EXIT.differs : EXIT.ok;
    }))
    .addHelpText(
      "after",
      examples(
        "lvsctl plan lvsctl.yaml --rehearse",
        "lvsctl plan lvsctl.yaml --prune --exit-code",
        "lvsctl plan lvsctl.yaml --out web.plan",
      ),
    );
}
