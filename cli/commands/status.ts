import { sleep, SYSTEM_CLOCK } from "../../core/health/mod.ts";
import { durationArgument } from "../arguments.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import type { Context } from "../context.ts";
import { askDaemon, connectDaemon, exitCodeOf } from "../daemon_client.ts";
import { listenForInterruption } from "../interruption.ts";
import { listenForQuit } from "../quit_key.ts";

/** How often the status is shown again where nothing else is said; milliseconds. */
const DEFAULT_WATCH_MS = 1000;

/** To the top left corner, and clear what is below. */
const CLEAR_SCREEN = "\x1b[H\x1b[2J";

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
    .action(async ({ json = false, watch }) => {
      using client = await connectDaemon(context);
      const show = async (signal?: AbortSignal): Promise<void> => {
        const answer = await askDaemon(client, json ? "status" : "status-text", signal === undefined ? {} : { signal });
        const text = json
          ? `${JSON.stringify(answer["status"], null, watch === undefined ? 2 : 0)}\n`
          : String(answer["text"]);
        context.io.out(watch !== undefined && context.io.outIsTerminal ? `${CLEAR_SCREEN}${text}` : text);
        context.exitCode = exitCodeOf(answer);
      };
      if (watch === undefined) return await show();
      await repeat(context, { show, intervalMs: watch === true ? DEFAULT_WATCH_MS : watch });
    });
}

async function repeat(
  context: Context,
  options: { readonly show: (signal: AbortSignal) => Promise<void>; readonly intervalMs: number },
): Promise<void> {
  const { show, intervalMs } = options;
  const clock = context.clock ?? SYSTEM_CLOCK;
  using interruption = (context.interruption ?? listenForInterruption)();
  await using quit = context.io.outIsTerminal ? listenForQuit() : undefined;
  const signal = quit === undefined ? interruption.signal : AbortSignal.any([interruption.signal, quit.signal]);
  while (!signal.aborted) {
    try {
      await show(signal);
      await sleep(intervalMs, { clock, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
