import { numberArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { COLOR_HELP, colorArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { formatEntries } from "../format/history.ts";
import { printJson } from "../format/json.ts";
import { entryJson } from "../journal/entry.ts";
import { openJournal } from "../journal/open.ts";
import { outWidth, printLines } from "../terminal/display.ts";

/** The number of entries that are shown by default. */
const DEFAULT_COUNT = 20;

/** `lvsctl history`. */
export function historyCommand(context: Context): CommandUnknownOpts {
  return new Command("history")
    .description(
      "Shows the changes of the table by lvsctl, the newest last: time, user, command and result. The daemon's changes " +
        "are in its log.",
    )
    .addHelpText("after", examples("lvsctl history", "lvsctl history --number 5 --json"))
    .option(
      "-n, --number <count>",
      `show this many changes (default: ${DEFAULT_COUNT})`,
      numberArgument({ from: 1, to: 1_000_000 }),
    )
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .action(({ number = DEFAULT_COUNT, json, ...display }) => {
      const { io } = context;
      const entries = openJournal(context).entries().slice(-number);
      if (json) printJson(io, entries.map(entryJson));
      else printLines(io, formatEntries(entries, { width: outWidth(io, display) }), display);
    });
}
