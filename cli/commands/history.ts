import { numberArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { formatEntries } from "../format/history.ts";
import { printJson } from "../format/json.ts";
import { entryJson } from "../journal/entry.ts";
import { openJournal } from "../journal/open.ts";

/** How many entries are shown where nothing else is said. */
const DEFAULT_COUNT = 20;

/** `lvsctl history`. */
export function historyCommand(context: Context): CommandUnknownOpts {
  return new Command("history")
    .description(
      "Shows who changed the table by lvsctl, when, how and with what success, the newest last. What the daemon does is " +
        "in its log.",
    )
    .option(
      "-n, --number <count>",
      `only so many (default: ${DEFAULT_COUNT})`,
      numberArgument({ from: 1, to: 1_000_000 }),
    )
    .option("--json", "print JSON")
    .action(({ number = DEFAULT_COUNT, json }) => {
      const entries = openJournal(context).entries().slice(-number);
      if (json) printJson(context.io, entries.map(entryJson));
      else context.io.out(entries.length === 0 ? "No changes are recorded\n" : formatEntries(entries));
    });
}
