import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { noSuchService } from "../../core/ipvs/mod.ts";
import { serviceArgument } from "../options/arguments.ts";
import {
  COLOR_HELP,
  colorArgument,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  outputArgument,
  WIDE_HELP,
} from "../options/display_options.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { listedServicesJson, printJson } from "../format/json.ts";
import { formatTable, type TableView } from "../format/table.ts";
import { outWidth, printLines } from "../terminal/display.ts";

/** `lvsctl list`. */
export function listCommand({ io, openIpvs }: Context): CommandUnknownOpts {
  return new Command("list")
    .description("Shows the table: virtual services and their real servers.")
    .addHelpText("after", examples("lvsctl list", "lvsctl list tcp://192.0.2.10:80 --rate"))
    .argument("[service]", "the virtual service to show (default: all)", serviceArgument)
    .option("--stats", "show the counters")
    .option("--rate", "show traffic per second")
    .option("--thresholds", "show the connection thresholds")
    .option("--persistent-conn", "show the persistent connections")
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print everything as JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (id, options) => {
      const view = chooseView(options);
      using client = await openIpvs();
      const entries = client.list(id);
      if (id !== undefined && entries.length === 0) throw noSuchService(id, "list");
      if (options.json) printJson(io, { services: listedServicesJson(entries) });
      else printLines(io, formatTable(entries, { view, width: outWidth(io, options) }), options);
    });
}

function chooseView(
  options: { readonly stats?: true; readonly rate?: true; readonly thresholds?: true; readonly persistentConn?: true },
): TableView {
  const { stats, rate, thresholds, persistentConn } = options;
  const chosen = Object.entries({ stats, rate, thresholds, persistent: persistentConn })
    .flatMap(([view, isChosen]): TableView[] => isChosen ? [view as TableView] : []);
  if (chosen.length > 1) {
    throw new LvsctlError("--stats, --rate, --thresholds and --persistent-conn exclude each other", {
      hint: "use one of them, or --json for everything",
      exitCode: EXIT.usage,
    });
  }
  return chosen[0] ?? "connections";
}
