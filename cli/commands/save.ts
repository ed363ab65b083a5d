import { formatState } from "../../core/config/mod.ts";
import { pathText } from "../../core/model/mod.ts";
import { readKernel } from "../../core/reconcile/mod.ts";
import { wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { isReplaceable, isSavedState } from "../config/saved_file.ts";
import { consents } from "../context/consent.ts";
import type { Context } from "../context/context.ts";
import { STATE_FORMATS } from "../config/read_table.ts";
import { replaceFile } from "../state/atomic_file.ts";

/** `lvsctl save`. */
export function saveCommand(context: Context): CommandUnknownOpts {
  return new Command("save")
    .description(
      "Writes the kernel's whole state as YAML: services, servers, timeouts, sync daemons and VIPs; or as rules in " +
        "ipvsadm's format, which cannot hold everything: the rest is reported on standard error. A file that save did " +
        "not write is replaced only after a question on a terminal, or with --yes.",
    )
    .addHelpText("after", examples("lvsctl save state.yaml", "lvsctl save ipvsadm.rules --format rules"))
    .argument("[file]", "the output file, replaced atomically", "-")
    .option("--format <format>", "yaml, or rules: ipvsadm's format", wordArgument(STATE_FORMATS), "yaml")
    .option("-y, --yes", "replace a file that save did not write, without a question")
    .action(async (file, { format, yes }) => {
      const { io, openIpvs, openVips } = context;
      const isWanted = consents(io, {
        operation: "write",
        object: pathText(file),
        losses: () =>
          file === "-" || isReplaceable(file, isSavedState)
            ? []
            : ["it replaces a file that lvsctl save did not write"],
        asksAlways: false,
        plan: () => "",
        question: () => `Replace ${pathText(file)}, which lvsctl save did not write?`,
        yes,
      });
      if (!isWanted) return;
      using client = await openIpvs();
      using addresses = await openVips();
      const state = { ...readKernel(client), vips: addresses.vips() };
      const { text, notes } = format === "rules"
        ? (await import("../ipvsadm/rules_text.ts")).formatRules(state)
        : { text: formatState(state), notes: [] };
      if (file === "-") io.out(text);
      else replaceFile(file, text);
      for (const note of notes) io.err(`lvsctl: not in the rules: ${note}\n`);
    });
}
