import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { formatVips, listedVipJson } from "../format/vips.ts";
import { printJson } from "../format/json.ts";
import { listedVips } from "./vip/listed_vips.ts";
import { addVipCommand, announceVipCommand, deleteVipCommand } from "./vip/changes.ts";

/** `lvsctl vip`. */
export function vipCommand(context: Context): CommandUnknownOpts {
  return new Command("vip")
    .description("Adds, deletes, lists and announces VIPs: the services' addresses on the director's interfaces.")
    .addCommand(addVipCommand(context))
    .addCommand(deleteVipCommand(context))
    .addCommand(listCommand(context))
    .addCommand(announceVipCommand(context));
}

function listCommand({ io, openIpvs, openVips }: Context): CommandUnknownOpts {
  return new Command("list")
    .description(
      "Lists the addresses that lvsctl added and those that virtual services use: the interface, the state, who added " +
        "it, and the services. An address of a service that no interface has is missing.",
    )
    .option("--json", "print JSON")
    .action(async ({ json }) => {
      using client = await openIpvs();
      using vips = await openVips();
      const listed = listedVips(vips.vips(), client.services());
      if (json) printJson(io, listed.map(listedVipJson));
      else io.out(formatVips(listed));
    });
}
