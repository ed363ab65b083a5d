import { printJson } from "../format/json.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import { noSuchService } from "../../core/ipvs/mod.ts";
import {
  isComparable,
  recentReadings,
  type ServiceActivity,
  sortEntries,
  type TableActivity,
  tableActivity,
  type TableReading,
  visible,
} from "../../core/model/mod.ts";
import { readSysctl } from "../../core/host/mod.ts";
import {
  durationArgument,
  listArgument,
  type ListParser,
  numberArgument,
  serviceArgument,
  wordArgument,
} from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { COLOR_HELP, colorArgument, OUTPUT_FLAGS, OUTPUT_HELP, outputArgument } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { DaemonHealth } from "../daemon/daemon_health.ts";
import { formatTop, layOutTop, topNames, topSize, topTitle } from "../format/top.ts";
import { topJson } from "../format/top_json.ts";
import {
  orderedServices,
  TOP_COLUMNS,
  TOP_ORDERS,
  type TopColumn,
  type TopOrder,
  type TopView,
} from "../format/top_view.ts";
import { printLines } from "../terminal/display.ts";
import type { FrameContent } from "../terminal/frame.ts";
import { showRepeatedly } from "../terminal/repeated_view.ts";

/** The default interval, milliseconds: the kernel updates its counters as often. */
const DEFAULT_INTERVAL_MS = 2000;

/** `lvsctl top`. */
export function topCommand(context: Context): CommandUnknownOpts {
  return new Command("top")
    .description(
      "Shows connections and traffic per second until Ctrl-C or q, computed from the kernel's counters. The kernel " +
        "updates these every 2 seconds: rates are averages over the interval, and over 2 seconds at least. If a daemon " +
        "runs, the servers' health is shown too. On a terminal the view is updated in place, and ? lists the keys that " +
        "scroll, filter and sort it; other output begins with the first rates.",
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
    .option("--columns <list>", `show only these, in this order: ${TOP_COLUMNS.join(", ")}`, columnsArgument)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print one JSON object per line")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (id, options) => {
      const { interval = DEFAULT_INTERVAL_MS, count = Infinity, sort, limit, columns, json = false } = options;
      const { io, clock } = context;
      using client = await context.openIpvs();
      using daemon = new DaemonHealth(context);
      if (id !== undefined && client.listServices(id).length === 0) throw noSuchService(id, "show");
      const follower = new TableFollower(() => ({ atMs: clock.now(), entries: sortEntries(client.list(id)) }));
      const next = async (signal: AbortSignal): Promise<TopView> => {
        const activity = follower.next();
        return {
          activity,
          health: await daemon.read(signal),
          isCounting: isCounting(context),
          now: Date.now(),
          order: sort,
          columns,
          limit,
        };
      };
      let shown = 0;
      if (!json && io.outIsTerminal === true) {
        const { showLive } = await import("../terminal/live_view.ts");
        // The table is shown before the first rates.
        return await showLive(context, {
          read: async (signal) => {
            const data = await next(signal);
            if (data.activity.overMs !== undefined) shown++;
            return { data, isLast: shown >= count };
          },
          content: (view, order) => topContent({ ...view, order: orderNamed(order) }),
          sorts: TOP_ORDERS,
          sort,
          intervalMs: interval,
        }, options);
      }
      await showRepeatedly(context, {
        show: async (signal) => {
          const view = await next(signal);
          // A script needs complete views.
          if (view.activity.overMs === undefined) return true;
          if (signal.aborted) return false;
          if (json) printJson(io, topJson(view), { isRepeated: true });
          else printLines(io, [...(shown > 0 ? [""] : []), ...formatTop(view)], options);
          return ++shown < count;
        },
        intervalMs: interval,
      });
    });
}

function orderNamed(name: string): TopOrder {
  return TOP_ORDERS.find((order) => order === name) ?? "rate";
}

/** A view for a frame, which formats only visible services. */
function topContent(view: TopView): FrameContent<ServiceActivity> {
  return {
    title: topTitle(view),
    items: orderedServices(view),
    sizeOf: (service) => topSize(service, view),
    textOf: (service) => topNames(service, view),
    layOut: (services, width) => layOutTop(view, { services, width }),
  };
}

const columnsArgument: ListParser<readonly TopColumn[]> = listArgument(
  TOP_COLUMNS,
  (text) =>
    text.split(",").map((word) => {
      const column = TOP_COLUMNS.find((name) => name === word);
      if (column !== undefined) return column;
      throw new LvsctlError(`"${visible(word)}" is not a column`, { hint: `use ${TOP_COLUMNS.join(", ")}` });
    }),
);

/** Whether the kernel updates its counters; true if the sysctl cannot be read. */
function isCounting({ host }: Context): boolean {
  try {
    return readSysctl("net.ipv4.vs.run_estimation", { root: `${host.proc}/sys` }) !== "0";
  } catch {
    return true;
  }
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
