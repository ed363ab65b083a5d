import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { visible } from "../../core/model/mod.ts";
import { QUIET } from "../options/common_options.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { askDaemon, connectDaemon } from "../daemon/client.ts";
import { formatSources, readSources } from "../format/discovery.ts";
import { printDocument } from "../format/json.ts";
import { outWidth, printLines } from "../terminal/display.ts";

/** `lvsctl discovery`. */
export function discoveryCommand(context: Context): CommandUnknownOpts {
  return new Command("discovery")
    .description("Shows the sources of real servers in the daemon's file, and accepts a list that the daemon refuses.")
    .addHelpText("after", examples("lvsctl discovery status", "lvsctl discovery accept 'srv _http._tcp.example.com'"))
    .addCommand(statusCommand(context))
    .addCommand(acceptCommand(context));
}

function statusCommand(context: Context): CommandUnknownOpts {
  const { io } = context;
  return new Command("status")
    .summary("show the sources")
    .description(
      "Shows the number of servers of each source, when it last gave this list, and why it cannot be read or its new " +
        "list is refused.",
    )
    .addHelpText("after", examples("lvsctl discovery status", "lvsctl discovery status --json"))
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      using client = await connectDaemon(context, { readsStatus: true });
      const answer = await askDaemon(client, "discovery");
      if (options.json) return printDocument(io, answer);
      const width = outWidth(io, options);
      printLines(io, formatSources(readSources(answer["sources"]), { width, now: Date.now() }));
    });
}

function acceptCommand(context: Context): CommandUnknownOpts {
  const source = "srv _http._tcp.example.com";
  return new Command("accept")
    .summary("accept a list that lacks many servers")
    .description(
      "Reads a source again, and accepts its list whatever it lacks compared with the one in use. An empty list is never " +
        "accepted.",
    )
    .addHelpText("after", examples(`lvsctl discovery accept '${source}'`, `lvsctl discovery accept ${source}`))
    .argument("<name...>", "name of the source, as lvsctl discovery status shows it", visibleWords)
    .option(...QUIET)
    .action(async (words) => {
      using client = await connectDaemon(context);
      context.io.beginChange?.();
      await askDaemon(client, `discovery-accept ${words.join(" ")}`);
    });
}

function visibleWords(word: string, before: readonly string[] | undefined): readonly string[] {
  return [...before ?? [], visible(word)];
}
