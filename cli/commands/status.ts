import { EXIT, type ExitCode } from "../../core/errors/mod.ts";
import { durationArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { untilReaderEnds } from "../context/io.ts";
import { askDaemon, connectDaemon, exitCodeOf } from "../daemon/client.ts";
import { showInPlace, showRepeatedly } from "../terminal/live_view.ts";

/** The default interval of --watch; milliseconds. */
const DEFAULT_WATCH_MS = 1000;

/** `lvsctl status`. */
export function statusCommand(context: Context): CommandUnknownOpts {
  return new Command("status")
    .description(
      "Shows the daemon's status: services with their quorums, and real servers with their health, its age and reason, " +
        "and their intended weight. The exit status is the same as check's.",
    )
    .option("--json", "print JSON; with --watch one object per line")
    .option(
      "--watch [interval]",
      "repeat at this interval (default: 1s) until the daemon ends, Ctrl-C or q",
      durationArgument({ atLeast: "100ms" }),
    )
    .action(withStatus(async ({ json = false, watch }) => {
      using client = await connectDaemon(context);
      let status: ExitCode = EXIT.ok;
      const show = async (signal?: AbortSignal): Promise<void> => {
        const answer = await askDaemon(client, json ? "status" : "status-text", { signal });
        const text = json
          ? `${JSON.stringify(answer["status"], null, watch === undefined ? 2 : 0)}\n`
          : String(answer["text"]);
        if (watch !== undefined && context.io.outIsTerminal) showInPlace(context.io, text);
        else context.io.out(text);
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
