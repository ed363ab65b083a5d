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
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { DaemonHealth } from "../daemon/daemon_health.ts";
import { formatTop, TOP_ORDERS, topJson, type TopView } from "../format/top.ts";
import { fitTerminal, showInPlace, showRepeatedly } from "../terminal/live_view.ts";

/** The default interval, milliseconds: the kernel updates its counters as often. */
const DEFAULT_INTERVAL_MS = 2000;

/** `lvsctl top`. */
export function topCommand(context: Context): CommandUnknownOpts {
  return new Command("top")
    .description(
      "Shows connections and traffic per second until Ctrl-C or q, computed from the kernel's counters. The kernel " +
        "updates these every 2 seconds: rates are averages over the interval, and over 2 seconds at least. If a daemon " +
        "runs, the servers' health is shown too. A terminal is redrawn in place; other output begins with the first rates.",
    )
    .addHelpText("after", examples("lvsctl top", "lvsctl top tcp://192.0.2.10:80 --sort bytes --limit 5"))
    .argument("[service]", "the virtual service to show (default: all)", serviceArgument)
    .option("--interval <duration>", "time between two views (default: 2s)", durationArgument({ atLeast: "100ms" }))
    .option("--count <number>", "end after this many views with rates", numberArgument({ from: 1, to: 1e9 }))
    .option(
      "--sort <what>",
      "order: most new connections per second (rate), active connections, packets or bytes per second, or name",
      wordArgument(TOP_ORDERS),
      "rate",
    )
    .option(
      "--limit <number>",
      "show at most this many virtual services, and real servers of each",
      numberArgument({ from: 1, to: 1e9 }),
    )
    .option("--json", "print one JSON object per line")
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
          // On a terminal the table is shown before the first rates; a script needs complete views.
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
          if (isLive) showInPlace(context.io, fitted(context, formatTop(view)));
          else context.io.out(format(view, json));
          if (activity.overMs !== undefined) shown++;
          return shown < count;
        },
        intervalMs: interval,
      });
    });
}

/** Whether the kernel updates its counters; true if the sysctl cannot be read. */
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
  return size === undefined ? text : fitTerminal(text, size);
}

/** Reads the table repeatedly, and keeps the readings that the next rates need. */
class TableFollower {
  readonly #read: () => TableReading;
  #readings: readonly TableReading[] = [];

  constructor(read: () => TableReading) {
    this.#read = read;
  }

  /** The activity between a new reading and one that is old enough. */
  next(): TableActivity {
    const later = this.#read();
    this.#readings = recentReadings(this.#readings, later.atMs);
    const [earliest] = this.#readings;
    this.#readings = [...this.#readings, later];
    return tableActivity(earliest !== undefined && isComparable(earliest, later.atMs) ? earliest : undefined, later);
  }
}
