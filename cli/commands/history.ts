import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { parseDuration, visible } from "../../core/model/mod.ts";
import { argumentParser, numberArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import {
  COLOR_HELP,
  colorArgument,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  outputArgument,
  WIDE_HELP,
} from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { formatEntries } from "../format/history.ts";
import { printJson } from "../format/json.ts";
import { systemOffset } from "../format/local_time.ts";
import { entryJson, type JournalEntry } from "../journal/entry.ts";
import { openJournal } from "../journal/open.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { showCommand } from "./history/show.ts";

/** The number of entries that are shown by default. */
const DEFAULT_COUNT = 20;

/** `lvsctl history`. */
export function historyCommand(context: Context): CommandUnknownOpts {
  return new Command("history")
    .addCommand(showCommand(context))
    .helpCommand(true)
    .description(
      "Shows the changes of the table by lvsctl, the newest last: time, user, command and result. A terminal shows local " +
        "times, or ages if it is narrow, and other outputs get UTC. The daemon's changes are in its log. history show shows one of them, and undo reverts it.",
    )
    .addHelpText("after", examples("lvsctl history", "lvsctl history --since 2h", "lvsctl history --number 5 --json"))
    .option(
      "-n, --number <count>",
      `show this many changes (default: ${DEFAULT_COUNT})`,
      numberArgument({ from: 1, to: 1_000_000 }),
    )
    .option(
      "--since <when>",
      "show only changes of this last time, such as 2h, or since a time (UTC without a zone)",
      sinceArgument,
    )
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(({ number, since, json, ...display }) => {
      const { io } = context;
      const all = openJournal(context).entries().filter(isSince(since));
      const entries = all.slice(-(number ?? (since === undefined ? DEFAULT_COUNT : all.length)));
      if (json) return printJson(io, { entries: entries.map(entryJson) });
      const local = io.outIsTerminal ? { offset: systemOffset, now: Date.now() } : undefined;
      printLines(io, formatEntries(entries, { width: outWidth(io, display), local }), display);
    });
}

/** The start of the time that `--since` names: an age in milliseconds, or a moment. */
type Since = { readonly ageMs: number } | { readonly moment: number };

const sinceArgument: (text: string) => Since = argumentParser((text) => {
  if (/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)) {
    const hasZone = text.length === 10 || /(?:Z|[+-]\d\d:\d\d)$/.test(text);
    const moment = Date.parse(hasZone ? text : `${text}Z`);
    if (!Number.isNaN(moment)) return { moment };
  }
  if (/^\d+(?:ms|s|m|h|d)/.test(text)) return { ageMs: parseDuration(text) };
  throw new LvsctlError(`"${visible(text)}" is not a time`, {
    hint: "write a duration such as 2h or 3d, or a time such as 2026-01-31T08:30, in UTC unless +01:00 follows",
    exitCode: EXIT.usage,
  });
});

function isSince(since: Since | undefined): (entry: JournalEntry) => boolean {
  if (since === undefined) return () => true;
  const from = "moment" in since ? since.moment : Date.now() - since.ageMs;
  return ({ at }) => Date.parse(at) >= from;
}
