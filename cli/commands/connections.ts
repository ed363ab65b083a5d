import {
  type AddressPrefix,
  CONNECTION_GROUPS,
  CONNECTION_PROTOCOLS,
  CONNECTION_STATES,
  type ConnectionFilter,
  connectionFilter,
  parseAddressPrefix,
  type ServerPattern,
} from "../../core/connections/mod.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { parseEndpoint } from "../../core/model/mod.ts";
import {
  durationArgument,
  numberArgument,
  reading,
  serviceArgument,
  visible,
  wordArgument,
} from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { type ConnectionView, showConnections } from "./connections/view.ts";
import type { Context } from "../context/context.ts";
import { CLEAR_SCREEN, showRepeatedly } from "../terminal/live_view.ts";

/** `lvsctl connections`. */
export function connectionsCommand(context: Context): CommandUnknownOpts {
  return new Command("connections")
    .description(
      "Shows the kernel's connections and persistence templates, or counts them. A large table is read as a stream. " +
        "It is no snapshot: what comes and goes meanwhile may be shown or not.",
    )
    .option(
      "--service <service>",
      "only those to a virtual service; one on port 0 has every port, of a firewall mark only templates can be told",
      serviceArgument,
    )
    .option("--server <address>", "only those on a real server, ADDRESS or ADDRESS:PORT", serverPattern)
    .option("--client <address>", "only those of a client, ADDRESS or ADDRESS/PREFIX", clientPrefix)
    .option("--state <state>", "only those in a state, as ESTABLISHED or FIN_WAIT", stateArgument)
    .option(
      "--protocol <protocol>",
      `only those of a protocol: ${CONNECTION_PROTOCOLS.join(", ")}`,
      wordArgument(CONNECTION_PROTOCOLS),
    )
    .option("--templates", "only persistence templates")
    .option("--no-templates", "no persistence templates")
    .option("--group-by <what>", `count them by ${CONNECTION_GROUPS.join(", ")}`, wordArgument(CONNECTION_GROUPS))
    .option("--top <number>", "with --group-by: only so many, the largest", numberArgument({ from: 1, to: 1e9 }))
    .option("--count", "print only how many there are")
    .option(
      "--watch [duration]",
      "show it again and again until Ctrl-C or q (default: every 2s)",
      durationArgument({ atLeast: "100ms" }),
    )
    .option("--json", "print JSON")
    .action(async (options) => {
      const { service, server, client, state, protocol, templates, groupBy, top, count, watch, json } = options;
      const filter: ConnectionFilter = {
        ...(service === undefined ? {} : { service }),
        ...(server === undefined ? {} : { server }),
        ...(client === undefined ? {} : { client }),
        ...(state === undefined ? {} : { state }),
        ...(protocol === undefined ? {} : { protocol }),
        ...(templates === undefined ? {} : { templates }),
      };
      refuseCombinations({ groupBy, top, count });
      const view: ConnectionView = {
        isWanted: connectionFilter(filter),
        as: count ? { count: true } : groupBy === undefined ? { rows: true } : { groupBy, top },
        json: json ?? false,
      };
      if (watch === undefined) {
        using list = context.openConnections();
        return showConnections(context.io, list, view);
      }
      await watchConnections(context, view, watch === true ? DEFAULT_WATCH_MS : watch);
    });
}

const DEFAULT_WATCH_MS = 2000;

async function watchConnections(context: Context, view: ConnectionView, intervalMs: number): Promise<void> {
  const { io } = context;
  let isFirst = true;
  const show = (): void => {
    if (io.outIsTerminal) io.out(CLEAR_SCREEN);
    else if (!isFirst && !view.json) io.out("\n");
    isFirst = false;
    using list = context.openConnections();
    showConnections(io, list, view);
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
    throw new LvsctlError("--count and --group-by cannot be had at a time", {
      hint: "leave one of them out",
      exitCode: EXIT.usage,
    });
  }
  if (top !== undefined && groupBy === undefined) {
    throw new LvsctlError("--top is for counts", { hint: "add --group-by", exitCode: EXIT.usage });
  }
}

const ANY_PORT = -1;

const serverPattern: (text: string) => ServerPattern = reading((text) => {
  const { address, port } = parseEndpoint(visible(text), { defaultPort: ANY_PORT });
  return port === ANY_PORT ? { address } : { address, port };
});

const clientPrefix: (text: string) => AddressPrefix = reading((text) => parseAddressPrefix(visible(text)));

const stateArgument: (text: string) => string = reading((text) => {
  const state = CONNECTION_STATES.find((name) => name === text.toUpperCase());
  if (state !== undefined) return state;
  throw new LvsctlError(`"${visible(text)}" is not a state`, { hint: `states are ${CONNECTION_STATES.join(", ")}` });
});
