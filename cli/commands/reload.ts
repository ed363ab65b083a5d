import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { QUIET } from "../options/common_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { inform } from "../context/verbosity.ts";
import { askDaemon, connectDaemon } from "../daemon/client.ts";

/** How long reading the file may take, including lookups of host names; milliseconds. */
const RELOAD_MS = 60_000;

/** `lvsctl reload`. */
export function reloadCommand(context: Context): CommandUnknownOpts {
  return new Command("reload")
    .description(
      "Reloads the daemon's file. If the file is not valid, prints its errors; the previous version stays active.",
    )
    .option(...QUIET)
    .action(async () => {
      using client = await connectDaemon(context);
      context.io.beginChange?.();
      const { text } = await askDaemon(client, "reload", { timeoutMs: RELOAD_MS });
      inform(context.io, `${String(text)}\n`);
    })
    .addHelpText("after", examples("lvsctl reload", "lvsctl config check /etc/lvsctl/lvsctl.yaml && lvsctl reload"));
}
