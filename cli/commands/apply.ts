import { EXIT } from "../../core/errors/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { COLOR_HELP, colorArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { LABEL } from "../options/label_options.ts";
import { STORE_ADDRESS_HELP, type StoredFileOptions, withStoredFile } from "../options/store_options.ts";
import { withStatus } from "../options/exit_status.ts";
import type { DesiredState, Labels } from "../../core/model/mod.ts";
import { chosenFile, DEFAULT_FILE_HELP } from "../config/default_file.ts";
import { readDesiredTable } from "../config/read_table.ts";
import type { Context } from "../context/context.ts";
import { withLabels } from "../context/surroundings.ts";
import {
  DEFAULT_DRAIN_MS,
  DRAIN_HELP,
  LOCK_TIMEOUT_HELP,
  ONLY_HELP,
  onlyArgument,
  REHEARSE_HELP,
  stateArgument,
  waitArgument,
} from "../options/apply_options.ts";
import { applyWithConfirmation } from "../table/apply_with_confirmation.ts";
import { respectDaemon } from "../daemon/managed_services.ts";
import { overridesForFile } from "../table/overrides_for_file.ts";
import { fileTarget } from "../table/target.ts";

/** `lvsctl apply`. */
export function applyCommand(context: Context): CommandUnknownOpts {
  const command = new Command("apply")
    .description(
      "Changes the services of a file to what the file describes, by the fewest changes: additions and edits first; then " +
        "removed servers get no new connections and are deleted when theirs have ended. The result is read back and " +
        "verified; if anything fails, all of it is undone. On a terminal it asks for confirmation; without one, an apply that deletes a service or a VIP, or leaves a " +
        "service without servers, needs --yes.",
    )
    .argument(
      "[file]",
      `YAML, rules in ipvsadm's format, ${STORE_ADDRESS_HELP}; - is standard input ${DEFAULT_FILE_HELP}`,
    )
    .option("--plan <file>", "apply a plan that plan --out saved, if table and file are as they were")
    .option("--prune", "also delete services that the file does not name, and VIPs that lvsctl added")
    .option("--keep-weights", "existing servers keep their weights")
    .option("--only <kinds>", ONLY_HELP, onlyArgument)
    .option("--drain <duration>", `${DRAIN_HELP} (default: 10s)`, waitArgument)
    .option("--if-unchanged <state>", "apply only if the kernel's state is the one that plan printed", stateArgument)
    .option("--lock-timeout <duration>", LOCK_TIMEOUT_HELP, waitArgument)
    .option("--force", "add VIPs even if another host answers for them")
    .option("-y, --yes", "do not ask for confirmation")
    .option("--dry-run", "print the changes without making them")
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--rehearse", REHEARSE_HELP)
    .option("--json", "print JSON");
  return withStoredFile(command)
    .option(...LABEL)
    .action(withStatus(async (named, given) => {
      const { file, desired, options, ifChanges } = given.plan === undefined
        ? await fromFile(context, named, given)
        : await (await import("./apply/saved_plan.ts")).fromPlan(context, {
          named,
          given: { ...given, plan: given.plan },
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
        force: options.force,
        ifUnchanged: options.ifUnchanged,
        ifChanges,
      };
      if (options.rehearse) return await (await import("../table/rehearsal.ts")).rehearse(context, request, options);
      await applyWithConfirmation(context, request, {
        ...options,
        operation: "apply",
        lockTimeoutMs: options.lockTimeout,
      });
      return EXIT.ok;
    }))
    .addHelpText(
      "after",
      examples(
        "lvsctl apply lvsctl.yaml",
        "lvsctl apply lvsctl.yaml --prune --drain 1m --yes",
        "lvsctl apply --plan web.plan",
      ),
    );
}

/** The options that decide how the file is read. */
interface ApplyReadOptions extends StoredFileOptions {
  readonly label?: Labels | undefined;
  readonly dryRun?: true | undefined;
  readonly rehearse?: true | undefined;
}

/** The file that a command line names, and the options of the command line. */
async function fromFile<T extends ApplyReadOptions>(
  context: Context,
  named: string | undefined,
  options: T,
): Promise<{
  readonly file: string | undefined;
  readonly desired: DesiredState;
  readonly options: T;
  readonly ifChanges?: string;
}> {
  const file = chosenFile(context, named);
  const changes = options.dryRun === undefined && options.rehearse === undefined;
  return {
    file,
    desired: await readDesiredTable(withLabels(context, options.label), file, { store: { ...options, changes } }),
    options,
  };
}
