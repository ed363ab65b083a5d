import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { durationArgument, wordArgument } from "../options/arguments.ts";
import { LOG_FORMATS } from "../daemon/log.ts";
import { runDaemon } from "../daemon/run.ts";

/** How often the table is looked at where nothing else is said; milliseconds. */
const DEFAULT_VERIFY_MS = 30_000;

const ON_EXIT = ["keep", "remove"] as const;

/** `lvsctl run`. */
export function runCommand(context: Context): CommandUnknownOpts {
  return new Command("run")
    .description(
      "Checks the real servers continuously and keeps the table right, until SIGTERM or SIGINT. SIGHUP, or lvsctl " +
        "reload, reads the file again. There is one daemon for each table; lvsctl status asks it.",
    )
    .argument("<file>", "YAML")
    .option(
      "--on-exit <what>",
      "keep the services when it is told to stop, or remove them",
      wordArgument(ON_EXIT),
      "keep",
    )
    .option("--repair", "put right what others make of the table; without it that is told of, and left")
    .option(
      "--verify <duration>",
      "how often to look whether the table is what it should be, 0s for never (default: 30s)",
      durationArgument({ atLeast: "0s" }),
    )
    .option("--log-format <format>", "text, or json: an object in each line", wordArgument(LOG_FORMATS), "text")
    .option("--state <file>", "where it leaves what it knows to the next one (default: in /run/lvsctl)")
    .option("--dry-run", "change nothing, and tell what it would change; may run beside another daemon")
    .action(async (file, options) => {
      await runDaemon(context, {
        file,
        logFormat: options.logFormat,
        ...(options.state === undefined ? {} : { state: options.state }),
        repair: options.repair ?? false,
        verifyMs: options.verify ?? DEFAULT_VERIFY_MS,
        onExit: options.onExit,
        dryRun: options.dryRun ?? false,
      });
    })
    .addHelpText(
      "after",
      examples("lvsctl run /etc/lvsctl.yaml", "lvsctl run /etc/lvsctl.yaml --repair --log-format json"),
    );
}
