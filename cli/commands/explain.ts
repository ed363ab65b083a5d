import { type Connection, readConnections } from "../../core/connections/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import {
  addressFamily,
  formatEndpoint,
  parseEndpoint,
  type ServerId,
  serviceFamily,
  tryParseIpAddress,
  visible,
} from "../../core/model/mod.ts";
import { explain, type ExplainedConnection, type ExplanationFacts } from "../../core/scheduling/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { argumentParser, numberArgument, serviceArgument, weightArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { explanationJson, formatExplanation } from "../format/explanation.ts";
import { printJson } from "../format/json.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../options/display_options.ts";
import { outWidth, printLines } from "../terminal/display.ts";

/** `lvsctl explain`. */
export function explainCommand(context: Context): CommandUnknownOpts {
  return new Command("explain")
    .description(
      "Shows which real server a new connection of a client gets, and why, without sending a packet. The answer is " +
        "exact for the schedulers sh, dh, mh and fo, and for persistent clients; lc, wlc, sed, nq and ovf depend on " +
        "the connections at the moment. For the other schedulers, the servers in question are listed.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl explain 198.51.100.7 tcp://192.0.2.10:80",
        "lvsctl explain 198.51.100.7:40000 tcp://192.0.2.10:80 --json",
      ),
    )
    .argument("<client>", "ADDRESS or ADDRESS:PORT of the client", clientArgument)
    .argument("<service>", "what the client connects to, or a firewall mark", serviceArgument)
    .option("--mark <mark>", "the firewall mark of its packets", numberArgument({ from: 1, to: 0xffffffff }))
    .option("--last-weight <server=weight>", "weight of a server of mh before it became 0", lastWeightsArgument)
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(withStatus(async (client, wanted, options) => {
      const lastWeights = new Map(options.lastWeight);
      const request: ExplainedConnection = { ...client, wanted, mark: options.mark ?? 0, lastWeights };
      refuseOtherFamily(request);
      using ipvs = await context.openIpvs();
      const explanation = explain(request, factsOf(context, ipvs));
      if (options.json) printJson(context.io, explanationJson(request, explanation));
      else printLines(context.io, formatExplanation(request, explanation, { width: outWidth(context.io, options) }));
      return statusOf(explanation.result.kind);
    }));
}

function statusOf(result: "server" | "none" | "undetermined"): ExitCode {
  return result === "none" ? EXIT.refused : EXIT.ok;
}

const NO_PORT = -1;

const clientArgument: (text: string) => Pick<ExplainedConnection, "client" | "clientPort"> = argumentParser((text) => {
  // Without a port, an IPv6 address needs no brackets.
  const alone = tryParseIpAddress(text);
  if (alone !== undefined) return { client: alone };
  const { address, port } = parseEndpoint(visible(text), { defaultPort: NO_PORT });
  return port === NO_PORT ? { client: address } : { client: address, clientPort: port };
});

/** Collects servers with their weights, as ADDRESS:PORT=WEIGHT. */
function lastWeightsArgument(
  text: string,
  previous: readonly (readonly [string, number])[] | undefined,
): readonly (readonly [string, number])[] {
  const [server = "", weight = ""] = text.split("=", 2);
  const { address, port } = endpointArgument(server);
  return [...previous ?? [], [formatEndpoint(address, port), weightArgument(weight)]];
}

const endpointArgument: (text: string) => ServerId = argumentParser((text) => parseEndpoint(visible(text)));

function refuseOtherFamily({ client, wanted }: ExplainedConnection): void {
  if (addressFamily(client) === serviceFamily(wanted)) return;
  throw new LvsctlError("client and service have different address families", {
    operation: "explain a connection of",
    object: client,
    hint: "name a client and a service of the same family",
    exitCode: EXIT.usage,
  });
}

/** The first kernel whose sh and dh use the highest bits of their hash. */
const KNOWN_HASH_SINCE = { major: 4, minor: 18 } as const;

function factsOf(context: Context, ipvs: IpvsClient): ExplanationFacts {
  const { sysctl } = context.surroundings;
  const setting = (key: string, initially: number): number => Number(sysctl(`net/ipv4/vs/${key}`) ?? initially);
  return {
    services: ipvs.services(),
    serversOf: (id) => ipvs.countedServers(id),
    connections: connectionsOf(context),
    settings: {
      connReuseMode: setting("conn_reuse_mode", 1),
      expireNodestConn: setting("expire_nodest_conn", 0) !== 0,
      expireQuiescentTemplate: setting("expire_quiescent_template", 0) !== 0,
    },
    hasKnownHash: hasKnownHash(sysctl("kernel/osrelease")),
  };
}

function hasKnownHash(release = ""): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined) return true;
  const number = Number(major);
  const { major: since, minor: sinceMinor } = KNOWN_HASH_SINCE;
  return number > since || (number === since && Number(minor) >= sinceMinor);
}

function* connectionsOf(context: Context): Generator<Connection, void, undefined> {
  using list = context.openConnections();
  yield* readConnections(list);
}
