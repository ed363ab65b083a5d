import { EXIT, type ExitCode, LvsctlError } from "../../../core/errors/mod.ts";
import { visible } from "../../../core/model/mod.ts";
import { isEmptyPlan, type Plan } from "../../../core/reconcile/mod.ts";
import type { ComparedFile, DaemonDifference } from "../../config/daemon_differences.ts";
import { refuseStoreOptions } from "../../config/config_text.ts";
import { isStoreAddress } from "../../config/default_file.ts";
import { readTable } from "../../config/read_table.ts";
import type { Context } from "../../context/context.ts";
import { withLabels } from "../../context/surroundings.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import {
  COLOR_HELP,
  colorArgument,
  DOCUMENT_HELP,
  documentArgument,
  OUTPUT_FLAGS,
  WIDE_HELP,
} from "../../options/display_options.ts";
import { examples } from "../../options/examples.ts";
import { withStatus } from "../../options/exit_status.ts";
import { LABEL } from "../../options/label_options.ts";
import { STORE_ADDRESS_HELP, type StoredFileOptions, withStoredFile } from "../../options/store_options.ts";
import { planBetween } from "../../table/plan_between.ts";

/** `lvsctl config diff`. */
export function diffFilesCommand(context: Context): CommandUnknownOpts {
  const command = new Command("diff")
    .summary("print what a file changes in place of another one")
    .description(
      "Prints what one file would change in place of another one, as plan prints changes: services, servers, timeouts, " +
        "sync daemons and VIPs; then which settings differ that only the daemon uses, such as checks, without their values. " +
        "Timeouts and sync daemons that the second file leaves out stay as they are. The running table is not read: plan " +
        "compares a file with it.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl config diff lvsctl.yaml new.yaml",
        "lvsctl config diff lvsctl.yaml - --exit-code",
        "lvsctl config diff etcd://10.0.0.1/lvs/site new.yaml",
      ),
    )
    .argument("<before>", `YAML, rules in ipvsadm's format, ${STORE_ADDRESS_HELP}; - is standard input`)
    .argument("<after>", "the file in its place")
    .option("--exit-code", `exit with ${EXIT.differs} if the files differ`)
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, DOCUMENT_HELP, documentArgument);
  return withStoredFile(command)
    .option(...LABEL)
    .action(withStatus(async (before, after, options): Promise<ExitCode> => {
      if (before === "-" && after === "-") {
        throw new LvsctlError("standard input can be one of the files only", {
          operation: "compare",
          object: "the files",
          hint: "name the other one",
          exitCode: EXIT.usage,
        });
      }
      if (isStoreAddress(before) && isStoreAddress(after) && options.storeVersion !== undefined) {
        throw new LvsctlError("--store-version would name the version of both stores", {
          operation: "compare",
          object: "the files",
          hint: 'print one of them with "lvsctl cluster show VERSION", and name - for it',
          exitCode: EXIT.usage,
        });
      }
      refuseStoreOptions([before, after], options);
      const local = withLabels(context, options.label);
      const read = async (file: string): Promise<ComparedFile> => {
        return await readToCompare(local, file, isStoreAddress(file) ? options : undefined);
      };
      const [former, latter] = [await read(before), await read(after)];
      const [{ daemonDifferences }, format] = await Promise.all([
        import("../../config/daemon_differences.ts"),
        import("../../format/file_difference.ts"),
      ]);
      const difference = {
        plan: planBetween(former.desired, latter.desired),
        daemon: daemonDifferences(former, latter),
      };
      if (options.json) format.printDifferenceJson(context.io, difference);
      else format.printDifference(context.io, difference, options);
      return options.exitCode && !isEmpty(difference) ? EXIT.differs : EXIT.ok;
    }));
}

/** Reads a file to compare it; what has no address on this machine is compared by its name. */
async function readToCompare(
  context: Context,
  file: string,
  store: StoredFileOptions | undefined,
): Promise<ComparedFile> {
  const read = await readTable(context, file, { omitsUnresolved: true, store });
  const { unresolvedHosts } = await import("../../config/read_config.ts");
  for (const [host, reason] of unresolvedHosts(read.desired)) {
    context.io.err(`lvsctl: warning: ${visible(file)}: ${host} is compared by its name: ${reason}\n`);
  }
  return read;
}

function isEmpty({ plan, daemon }: { readonly plan: Plan; readonly daemon: readonly DaemonDifference[] }): boolean {
  return isEmptyPlan(plan) && daemon.length === 0;
}
