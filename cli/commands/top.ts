import { noSuchService } from "../../core/ipvs/mod.ts";
import {
  isComparable,
  recentReadings,
  sortEntries,
  type TableActivity,
  tableActivity,
  type TableReading,
} from "../../core/model/mod.ts";
import { readSysctl } from "../../core/host/mod.ts";
import { durationArgument, numberArgument, serviceArgument, wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import type { Context } from "../context/context.ts";
import { DaemonHealth } from "../daemon/table_health.ts";
import { formatTop, TOP_ORDERS, topJson, type TopView } from "../format/top.ts";
import { fitTerminal, inPlace, showRepeatedly } from "../terminal/live_view.ts";

/** How often the table is read where nothing else is said: as often as the kernel brings its counters up to date. */
const DEFAULT_INTERVAL_MS = 2000;

/** `lvsctl top`. */
export function topCommand(context: Context): CommandUnknownOpts {
  return new Command("top")
    .description(
      "Shows what goes on in the kernel's table, until Ctrl-C or q: connections, and traffic per second, computed from " +
        "the kernel's counters. The kernel brings those up to date every 2 seconds: rates are those of the interval, " +
        "or of 2 seconds where that is shorter. The daemon is asked for the health of the servers if it runs; it need " +
        "not. On a terminal the view is redrawn in place; elsewhere one view follows the other, from the first rates on.",
    )
    .argument("[service]", "only this virtual service", serviceArgument)
    .option("--interval <duration>", "how often to look (default: 2s)", durationArgument({ atLeast: "100ms" }))
    .option("--count <number>", "end when rates have been shown so often", numberArgument({ from: 1, to: 1e9 }))
    .option(
      "--sort <what>",
      "what comes first: the most new connections per second (rate), active connections, packets or bytes per second, " +
        "or by name",
      wordArgument(TOP_ORDERS),
      "rate",
    )
    .option(
      "--limit <number>",
      "show only so many virtual services, and so many real servers of each",
      numberArgument({ from: 1, to: 1e9 }),
    )
    .option("--json", "print an object of JSON in each line")
    .action(async (id, { interval = DEFAULT_INTERVAL_MS, count = Infinity, sort, limit, json = false }) => {
      using client = await context.openIpvs();
      using daemon = new DaemonHealth(context);
      if (id !== undefined && client.listServices(id).length === 0) throw noSuchService(id, "show");
      const { clock } = context;
      const follower = new TableFollower(() => ({ atMs: clock.now(), entries: sortEntries(client.list(id)) }));
      const isLive = !json && context.io.outIsTerminal === true;
      let shown = 0;
      await showRepeatedly(context, {
        show: async (signal) => {
          const activity = follower.next();
          // A person does not wait for the first rates to see the table; a script gets nothing without them.
          if (activity.overMs === undefined && !isLive) return true;
          const health = await daemon.read(signal);
          if (signal.aborted) return false;
          const view: TopView = {
            activity,
            health,
            isCounting: isCounting(context),
            now: Date.now(),
            order: sort,
            limit,
          };
          if (!isLive && !json && shown > 0) context.io.out("\n");
          context.io.out(isLive ? fitted(context, formatTop(view)) : format(view, json));
          if (activity.overMs !== undefined) shown++;
          return shown < count;
        },
        intervalMs: interval,
      });
    });
}

/** Whether the kernel brings its counters up to date; it does where it cannot be asked. */
function isCounting({ host }: Context): boolean {
  try {
    return readSysctl("net.ipv4.vs.run_estimation", { root: `${host.proc}/sys` }) !== "0";
  } catch {
    return true;
  }
}

function format(view: TopView, json: boolean): string {
  return json ? `${JSON.stringify(topJson(view))}\n` : formatTop(view);
}

function fitted({ io }: Context, text: string): string {
  const size = io.terminalSize?.();
  return inPlace(size === undefined ? text : fitTerminal(text, size));
}

/** Reads the table again and again, and keeps as many readings as rates are made of. */
class TableFollower {
  readonly #read: () => TableReading;
  #readings: readonly TableReading[] = [];

  constructor(read: () => TableReading) {
    this.#read = read;
  }

  /** What goes on, by a new reading and one that is old enough. */
  next(): TableActivity {
    const later = this.#read();
    this.#readings = recentReadings(this.#readings, later.atMs);
    const [earliest] = this.#readings;
    this.#readings = [...this.#readings, later];
    return tableActivity(earliest !== undefined && isComparable(earliest, later.atMs) ? earliest : undefined, later);
  }
}
