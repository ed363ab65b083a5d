import { formatState } from "../../core/config/mod.ts";
import { readKernel } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import type { Context } from "../context.ts";
import { replaceFile } from "../replace_file.ts";

/** `lvsctl save`. */
export function saveCommand({ io, openIpvs, openVips }: Context): CommandUnknownOpts {
  return new Command("save")
    .description("Writes the kernel's whole state as YAML: services, servers, timeouts, sync daemons and VIPs.")
    .argument("[file]", "where to; replaced at once or not at all", "-")
    .action(async (file) => {
      using client = await openIpvs();
      using addresses = await openVips();
      const text = formatState({ ...readKernel(client), vips: addresses.vips() });
      if (file === "-") io.out(text);
      else replaceFile(file, text);
    });
}
