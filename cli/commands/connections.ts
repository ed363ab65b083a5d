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
import { type ConnectionView, showConnections } from "./connections/view.ts";
import type { Context } from "../context/context.ts";
import { outWidth } from "../terminal/display.ts";
import { showRepeatedly } from "../terminal/repeated_view.ts";

/** `lvsctl connections`. */
export function connectionsCommand(context: Context): CommandUnknownOpts {
  return new Command("connections")
    .description(
      "Shows or counts the kernel's connections and persistence templates. The table is read as a stream, not as a " +
        "snapshot: a connection that begins or ends meanwhile may be shown or not.",
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
    .option(
      "--watch [duration]",
      "show repeatedly until Ctrl-C or q (default: every 2s)",
      durationArgument({ atLeast: "100ms" }),
    )
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      const { service, server, client, state, protocol, templates, groupBy, top, count, watch, json } = options;
      const filter = defined({ service, server, client, state, protocol, templates });
      refuseCombinations({ groupBy, top, count });
      const view: ConnectionView = {
        isWanted: connectionFilter(filter),
        as: count ? { count: true } : groupBy === undefined ? { rows: true } : { groupBy, top },
        json: json ?? false,
        width: outWidth(context.io, options),
      };
      if (watch === undefined) {
        using list = context.openConnections();
        return showConnections(context.io, { list, view });
      }
      await watchConnections(context, view, watch === true ? DEFAULT_WATCH_MS : watch);
    });
}

const DEFAULT_WATCH_MS = 2000;

async function watchConnections(context: Context, view: ConnectionView, intervalMs: number): Promise<void> {
  const { io } = context;
  if (!view.json && io.outIsTerminal) {
    const { watchConnectionsLive } = await import("./connections/live.ts");
    return await watchConnectionsLive(context, view, { intervalMs });
  }
  let isFirst = true;
  const show = (): void => {
    if (!isFirst && !view.json) io.out("\n");
    isFirst = false;
    using list = context.openConnections();
    showConnections(io, { list, view, isRepeated: true });
  };
  await showRepeatedly(context, {
    show: () => {
      show();
      return Promise.resolve(true);
    },
    intervalMs,
  });
}

function refuseCombinations(
  options: {
    readonly groupBy: string | undefined;
    readonly top: number | undefined;
    readonly count: boolean | undefined;
  },
): void {
  const { groupBy, top, count } = options;
  if (count && groupBy !== undefined) {
    throw new LvsctlError("--count and --group-by exclude each other", {
      hint: "use one of them",
      exitCode: EXIT.usage,
    });
  }
  if (top !== undefined && groupBy === undefined) {
    throw new LvsctlError("--top needs --group-by", { exitCode: EXIT.usage });
  }
}

const serverPattern: (text: string) => ServerPattern = argumentParser((text) => defined(serverArgument(text)));

const clientPrefix: (text: string) => AddressPrefix = argumentParser((text) => parseAddressPrefix(visible(text)));

const stateArgument: (text: string) => string = argumentParser((text) => {
  const state = CONNECTION_STATES.find((name) => name === text.toUpperCase());
  if (state !== undefined) return state;
  throw new LvsctlError(`"${visible(text)}" is not a state`, { hint: `use ${CONNECTION_STATES.join(", ")}` });
});
