import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { askDaemon, connectDaemon } from "../daemon/client.ts";

/** How long reading the file may take, with the names of hosts that are looked up; milliseconds. */
const RELOAD_MS = 60_000;

/** `lvsctl reload`. */
export function reloadCommand(context: Context): CommandUnknownOpts {
  return new Command("reload")
    .description(
      "Has the daemon read its file again, and tells whether it is valid: if not, what is wrong with it, and the one " +
        "that was read before stays in force.",
    )
    .action(async () => {
      using client = await connectDaemon(context);
      const { text } = await askDaemon(client, "reload", { timeoutMs: RELOAD_MS });
      context.io.out(`${String(text)}\n`);
    })
    .addHelpText("after", examples("lvsctl reload", "lvsctl config check /etc/lvsctl.yaml && lvsctl reload"));
}
