import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { formatVips, listedVipJson } from "../format/vips.ts";
import { printJson } from "../format/json.ts";
import { listedVips } from "./vip/listed_vips.ts";
import { addVipCommand, announceVipCommand, deleteVipCommand } from "./vip/changes.ts";
import { outWidth, printLines } from "../terminal/display.ts";

/** `lvsctl vip`. */
export function vipCommand(context: Context): CommandUnknownOpts {
  return new Command("vip")
    .description("Adds, deletes, lists and announces VIPs: the services' addresses on the director's interfaces.")
    .addHelpText("after", examples("lvsctl vip add 192.0.2.10/24 --device eth0", "lvsctl vip list"))
    .addCommand(addVipCommand(context))
    .addCommand(deleteVipCommand(context))
    .addCommand(listCommand(context))
    .addCommand(announceVipCommand(context));
}

function listCommand({ io, openIpvs, openVips }: Context): CommandUnknownOpts {
  return new Command("list")
    .summary("list the VIPs and the services' addresses")
    .description(
      "Lists the addresses that lvsctl added and the addresses of virtual services, with their interface, state, owner " +
        "and services. The state is missing if no interface has a service's address.",
    )
    .addHelpText("after", examples("lvsctl vip list", "lvsctl vip list --json"))
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      using client = await openIpvs();
      using vips = await openVips();
      const listed = listedVips(vips.vips(), client.services());
      if (options.json) printJson(io, { vips: listed.map(listedVipJson) });
      else printLines(io, formatVips(listed, { width: outWidth(io, options) }));
    });
}
