import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type Change, formatDuration, MAX_TIMEOUT_SECONDS } from "../../core/model/mod.ts";
import { sameTimeouts } from "../../core/reconcile/mod.ts";
import { secondsArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { DOCUMENT_HELP, documentArgument, OUTPUT_FLAGS } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context, TableView } from "../context/context.ts";
import { printJson, timeoutsJson } from "../format/json.ts";
import { changeTable } from "../table/change_table.ts";

/** `lvsctl timeouts`. */
export function timeoutsCommand(context: Context): CommandUnknownOpts {
  return new Command("timeouts")
    .description("Shows how long the kernel remembers idle connections, or sets the given timeouts.")
    .addHelpText("after", examples("lvsctl timeouts", "lvsctl timeouts --tcp 15m --udp 5m"))
    .option("--tcp <duration>", "established TCP connections", secondsArgument)
    .option("--tcp-fin <duration>", "TCP connections after a FIN", secondsArgument)
    .option("--udp <duration>", "UDP flows", secondsArgument)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, DOCUMENT_HELP, documentArgument)
    .action(async (options) => {
      const { tcp, tcpFin, udp } = options;
      for (const [name, seconds] of Object.entries({ tcp, "tcp-fin": tcpFin, udp })) {
        if (seconds === undefined || (seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS)) continue;
        throw new LvsctlError(`--${name} is out of range`, { hint: "use 1s to 31d", exitCode: EXIT.usage });
      }
      if (tcp === undefined && tcpFin === undefined && udp === undefined) {
        using client = await context.openIpvs();
        const timeouts = client.getTimeouts();
        if (options.json) return printJson(context.io, { timeouts: timeoutsJson(timeouts) });
        const { tcpSeconds, tcpFinSeconds, udpSeconds } = timeouts;
        const lines = Object.entries({ tcp: tcpSeconds, "tcp-fin": tcpFinSeconds, udp: udpSeconds })
          .map(([name, seconds]) => `${name.padEnd(8)}${formatDuration(seconds * 1000)}\n`);
        return context.io.out(lines.join(""));
      }
      const timeouts = { tcpSeconds: tcp ?? 0, tcpFinSeconds: tcpFin ?? 0, udpSeconds: udp ?? 0 };
      const plan = (table: TableView): Change[] =>
        sameTimeouts(table.getTimeouts(), timeouts) ? [] : [{ operation: "setTimeouts", timeouts }];
      await changeTable(context, { plan, options });
    });
}
