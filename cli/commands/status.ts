import { EXIT, type ExitCode } from "../../core/errors/mod.ts";
import { durationArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { untilReaderEnds } from "../context/io.ts";
import { askDaemon, connectDaemon, exitCodeOf } from "../daemon/client.ts";
import { inPlace, showRepeatedly } from "../terminal/live_view.ts";

/** How often the status is shown again where nothing else is said; milliseconds. */
const DEFAULT_WATCH_MS = 1000;

/** `lvsctl status`. */
export function statusCommand(context: Context): CommandUnknownOpts {
  return new Command("status")
    .description(
      "What the daemon knows: services and their quorum, real servers with their health, since when, why, and the " +
        "weight that they are to have. The exit status is that of check.",
    )
    .option("--json", "print JSON; with --watch an object in each line")
    .option(
      "--watch [interval]",
      "show it again and again, each second where no interval is given, until the daemon ends, or Ctrl-C or q",
      durationArgument({ atLeast: "100ms" }),
    )
    .action(withStatus(async ({ json = false, watch }) => {
      using client = await connectDaemon(context);
      let status: ExitCode = EXIT.ok;
      const show = async (signal?: AbortSignal): Promise<void> => {
        const answer = await askDaemon(client, json ? "status" : "status-text", signal === undefined ? {} : { signal });
        const text = json
          ? `${JSON.stringify(answer["status"], null, watch === undefined ? 2 : 0)}\n`
          : String(answer["text"]);
        context.io.out(watch !== undefined && context.io.outIsTerminal ? inPlace(text) : text);
        status = exitCodeOf(answer);
      };
      await untilReaderEnds(async () => {
        if (watch === undefined) return await show();
        await showRepeatedly(context, {
          show: async (signal) => {
            await show(signal);
            return true;
          },
          intervalMs: watch === true ? DEFAULT_WATCH_MS : watch,
        });
      });
      return status;
    }))
    .addHelpText("after", examples("lvsctl status", "lvsctl status --watch 2s"));
}
