import {
  type AddressPrefix,
  CONNECTION_GROUPS,
  CONNECTION_PROTOCOLS,
  CONNECTION_STATES,
  connectionFilter,
  parseAddressPrefix,
  type ServerPattern,
} from "../../core/connections/mod.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { defined, visible } from "../../core/model/mod.ts";
import {
  argumentParser,
  durationArgument,
  numberArgument,
  serverArgument,
  serviceArgument,
  wordArgument,
} from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { type CounterReader, counterReader } from "./connections/counters.ts";
import { type ConnectionView, showConnections, showCounters } from "./connections/view.ts";
import type { Context } from "../context/context.ts";
import { count } from "../format/count.ts";
import { outWidth } from "../terminal/display.ts";
import { Progress } from "../terminal/progress.ts";
import { showRepeatedly } from "../terminal/repeated_view.ts";

/** `lvsctl connections`. */
export function connectionsCommand(context: Context): CommandUnknownOpts {
  return new Command("connections")
    .description(
      "Shows or counts the kernel's connections and persistence templates. The table is read as a stream, not as a " +
        "snapshot: a connection that begins or ends meanwhile may be shown or not. How many connections there are, " +
        "all or by server, comes from the servers' counters, which do not have connections to a deleted server; " +
        "--exact counts the list.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl connections --service tcp://192.0.2.10:80 --state ESTABLISHED",
        "lvsctl connections --group-by client --top 10 --watch",
      ),
    )
    .option(
      "--service <service>",
      "only connections of a virtual service; port 0 means any port; of a firewall mark, only templates are known",
      serviceArgument,
    )
    .option("--server <address>", "only connections to a real server, ADDRESS or ADDRESS:PORT", serverPattern)
    .option("--client <address>", "only connections of a client, ADDRESS or ADDRESS/PREFIX", clientPrefix)
    .option("--state <state>", "only connections in a state, as ESTABLISHED or FIN_WAIT", stateArgument)
    .option(
      "--protocol <protocol>",
      `only connections of a protocol: ${CONNECTION_PROTOCOLS.join(", ")}`,
      wordArgument(CONNECTION_PROTOCOLS),
    )
    .option("--templates", "only persistence templates")
    .option("--no-templates", "no persistence templates")
    .option("--group-by <what>", `count by ${CONNECTION_GROUPS.join(", ")}`, wordArgument(CONNECTION_GROUPS))
    .option("--top <number>", "with --group-by: only the largest groups", numberArgument({ from: 1, to: 1e9 }))
    .option("--count", "print only the number of connections")
    .option("--exact", "with --count or --group-by: count the list, which takes seconds for 100,000 connections")
    .option(
      "--watch [duration]",
      "show repeatedly until Ctrl-C or q (default: every 2s)",
      durationArgument({ atLeast: "100ms" }),
    )
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      const { service, server, client, state, protocol, templates, groupBy, top, count, exact, watch, json } = options;
      const filter = defined({ service, server, client, state, protocol, templates });
      refuseCombinations({ groupBy, top, count, exact });
      const view: ConnectionView = {
        isWanted: connectionFilter(filter),
        as: count ? { count: true } : groupBy === undefined ? { rows: true } : { groupBy, top },
        json: json ?? false,
        width: outWidth(context.io, options),
      };
      const isCounted = !exact && (count || groupBy !== undefined);
      const counters = isCounted ? counterReader(context, { filter, group: groupBy }) : undefined;
      if (watch === undefined) return await showOnce(context, view, { counters });
      await watchConnections(context, view, { counters, intervalMs: watch === true ? DEFAULT_WATCH_MS : watch });
    });
}

const DEFAULT_WATCH_MS = 2000;

/** The source of counts; undefined for the list alone. */
interface CounterOptions {
  readonly counters: CounterReader | undefined;
}

async function showOnce(
  context: Context,
  view: ConnectionView,
  { counters, isRepeated = false }: CounterOptions & { readonly isRepeated?: boolean },
): Promise<void> {
  const tally = await counters?.();
  if (tally !== undefined) return showCounters(context.io, { tally, view, isRepeated });
  const { io, clock } = context;
  using list = context.openConnections();
  using progress = new Progress(io, { now: () => clock.now() });
  const output = {
    ...io,
    out: (text: string): void => {
      // Rows and progress may share a terminal.
      progress[Symbol.dispose]();
      io.out(text);
    },
  };
  showConnections(output, {
    list,
    view,
    isRepeated,
    onRead: (read) => progress.show(() => `${count(read, "connection")} read`),
  });
}

async function watchConnections(
  context: Context,
  view: ConnectionView,
  { counters, intervalMs }: CounterOptions & { readonly intervalMs: number },
): Promise<void> {
  const { io } = context;
  if (!view.json && io.outIsTerminal) {
    const { watchConnectionsLive } = await import("./connections/live.ts");
    return await watchConnectionsLive(context, view, { counters, intervalMs });
  }
  let isFirst = true;
  await showRepeatedly(context, {
    show: async () => {
      if (!isFirst && !view.json) io.out("\n");
      isFirst = false;
      await showOnce(context, view, { counters, isRepeated: true });
      return true;
    },
    intervalMs,
  });
}

function refuseCombinations(
  options: {
    readonly groupBy: string | undefined;
    readonly top: number | undefined;
    readonly count: boolean | undefined;
    readonly exact: boolean | undefined;
  },
): void {
  const { groupBy, top, count, exact } = options;
  if (count && groupBy !== undefined) {
    throw new LvsctlError("--count and --group-by exclude each other", {
      hint: "use one of them",
      exitCode: EXIT.usage,
    });
  }
  if (top !== undefined && groupBy === undefined) {
    throw new LvsctlError("--top needs --group-by", { exitCode: EXIT.usage });
  }
  if (exact && !count && groupBy === undefined) {
    throw new LvsctlError("--exact needs --count or --group-by", { exitCode: EXIT.usage });
  }
}

const serverPattern: (text: string) => ServerPattern = argumentParser((text) => defined(serverArgument(text)));

const clientPrefix: (text: string) => AddressPrefix = argumentParser((text) => parseAddressPrefix(visible(text)));

const stateArgument: (text: string) => string = argumentParser((text) => {
  const state = CONNECTION_STATES.find((name) => name === text.toUpperCase());
  if (state !== undefined) return state;
  throw new LvsctlError(`"${visible(text)}" is not a state`, { hint: `use ${CONNECTION_STATES.join(", ")}` });
});
