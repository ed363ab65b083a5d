import { noSuchService } from "../../core/ipvs/mod.ts";
import {
  addressFamily,
  type Change,
  compareServerIds,
  DEFAULT_TUNNEL,
  describeChange,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  MAX_WEIGHT,
  type RealServer,
  type ServerId,
  serverObjections,
  serviceFamily,
  type ServiceId,
  TUNNEL_CHECKSUMS,
  TUNNEL_TYPES,
} from "../../core/model/mod.ts";
import {
  completeServer,
  forwardArgument,
  portArgument,
  refuseObjections,
  serverArgument,
  serversArgument,
  serviceArgument,
  weightArgument,
  wordArgument,
  type WrittenServer,
} from "../options/arguments.ts";
import { sameServer } from "../../core/reconcile/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import {
  acceptsAbsence,
  ENSURE_ADDED_HELP,
  ENSURE_DELETED_HELP,
  IF_EXISTS_HELP,
  refuseNoSettings,
} from "../options/existence.ts";
import {
  COLOR_HELP,
  colorArgument,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  outputArgument,
  WIDE_HELP,
} from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context, TableView } from "../context/context.ts";
import { existingServer, SERVER_HELP, SERVICE_HELP } from "./server/existing_server.ts";
import { listedServerJson, printJson, serviceIdJson } from "../format/json.ts";
import { formatTable } from "../format/table.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { changeTableAndWarn } from "../daemon/managed_services.ts";
import { drainCommand } from "./server/drain.ts";
import { maintCommand, overridesCommand, readyCommand, weightCommand } from "./server/overrides.ts";
import type { ChangeOptions } from "../format/printed_change.ts";

/** `lvsctl server`. */
export function serverCommand(context: Context): CommandUnknownOpts {
  return new Command("server")
    .description("Adds, edits, deletes, drains and lists real servers, and sets them to maintenance.")
    .addHelpText(
      "after",
      examples("lvsctl server add tcp://192.0.2.10:80 10.0.0.11", "lvsctl server list tcp://192.0.2.10:80"),
    )
    .addCommand(addCommand(context))
    .addCommand(editCommand(context))
    .addCommand(deleteCommand(context))
    .addCommand(drainCommand(context))
    .addCommand(weightCommand(context))
    .addCommand(maintCommand(context))
    .addCommand(readyCommand(context))
    .addCommand(overridesCommand(context))
    .addCommand(listCommand(context));
}

/** The settings of a server on the command line. */
export type ServerOptions = {
  readonly forward?: ForwardingMethod | undefined;
  readonly weight?: number | undefined;
  readonly upperThreshold?: number | undefined;
  readonly lowerThreshold?: number | undefined;
  readonly tunnelType?: (typeof TUNNEL_TYPES)[number] | undefined;
  readonly tunnelPort?: number | undefined;
  readonly tunnelChecksum?: (typeof TUNNEL_CHECKSUMS)[number] | undefined;
};

/** A command about one server, with an option for each of its settings. */
function settingCommand(
  name: "add" | "edit",
): Command<[ServiceId, WrittenServer], ServerOptions & Omit<ChangeOptions, never>> {
  const initially = (value: string): string => name === "add" ? ` (default: ${value})` : "";
  return new Command(name)
    .argument("<service>", SERVICE_HELP, serviceArgument)
    .argument("<server>", SERVER_HELP, serverArgument)
    .option("-f, --forward <method>", `forwarding method: nat, dr, tun${initially("nat")}`, forwardArgument)
    .option("-w, --weight <number>", `share of new connections, 0 for none${initially("1")}`, weightArgument)
    .option("--upper-threshold <number>", "no new connections at this many, 0 for no limit", weightArgument)
    .option("--lower-threshold <number>", "new connections again below this many", weightArgument)
    .option("--tunnel-type <type>", `encapsulation: ${TUNNEL_TYPES.join(", ")}`, wordArgument(TUNNEL_TYPES))
    .option("--tunnel-port <port>", "UDP port of a gue tunnel", portArgument)
    .option("--tunnel-checksum <kind>", `checksum: ${TUNNEL_CHECKSUMS.join(", ")}`, wordArgument(TUNNEL_CHECKSUMS))
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON");
}

function addCommand(context: Context): CommandUnknownOpts {
  return settingCommand("add")
    .summary("add a real server to a virtual service")
    .description(
      "Adds a real server to a virtual service. With --ensure, an existing one gets the given settings and keeps the " +
        "others.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl server add tcp://192.0.2.10:80 10.0.0.11:8080 --weight 2",
        "lvsctl server add fwmark:1 10.0.0.11 --forward dr --ensure",
      ),
    )
    .option("--ensure", ENSURE_ADDED_HELP)
    .action(async (id, address, options) => {
      await changeTableAndWarn(context, { plan: planAddition({ id, address }, options), options });
    });
}

function editCommand(context: Context): CommandUnknownOpts {
  return settingCommand("edit")
    .summary("change settings of a real server")
    .description("Changes the given settings of a real server and keeps the others.")
    .addHelpText(
      "after",
      examples(
        "lvsctl server edit tcp://192.0.2.10:80 10.0.0.11 --weight 3",
        "lvsctl server edit tcp://192.0.2.10:80 10.0.0.11 --weight 0 --if-exists",
      ),
    )
    .option("--if-exists", IF_EXISTS_HELP)
    .action(async (id, address, options) => {
      const server = completeServer(address, id);
      refuseNoSettings(settingsOf(options), {
        operation: "edit real server",
        object: `${formatServerId(server)} of ${formatServiceId(id)}`,
        example: "--weight 2",
      });
      refuseFor({ operation: "editServer", id, server: applyOptions(tolerantServer(id, server, options), options) });
      const plan = (table: TableView): Change[] => {
        if (options.ifExists && findServer(table, id, server) === undefined) return [];
        return editOf(id, existingServer(table, { id, server, verb: "edit" }), options);
      };
      await changeTableAndWarn(context, { plan, options });
    });
}

function deleteCommand(context: Context): CommandUnknownOpts {
  return new Command("delete")
    .summary("delete real servers at once, with their connections")
    .description(
      "Deletes real servers from a virtual service at once, with their connections. lvsctl server drain waits until " +
        "the connections have ended.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl server delete tcp://192.0.2.10:80 10.0.0.11",
        "lvsctl server delete tcp://192.0.2.10:80 10.0.0.11 10.0.0.12 --ensure",
      ),
    )
    .argument("<service>", SERVICE_HELP, serviceArgument)
    .argument("<server...>", SERVER_HELP, serversArgument)
    .option("--ensure", ENSURE_DELETED_HELP)
    .option("--if-exists", IF_EXISTS_HELP)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (id, addresses, options) => {
      const servers = addresses.map((address) => completeServer(address, id));
      const plan = (table: TableView): Change[] => {
        const present = acceptsAbsence(options) ? new Set(table.servers(id).map(formatServerId)) : undefined;
        return servers.filter((server) => present?.has(formatServerId(server)) ?? true)
          .map((server) => ({ operation: "deleteServer", id, server }));
      };
      await changeTableAndWarn(context, { plan, options });
    });
}

function listCommand({ io, openIpvs }: Context): CommandUnknownOpts {
  return new Command("list")
    .summary("list the real servers of a virtual service")
    .description("Lists the real servers of a virtual service.")
    .addHelpText(
      "after",
      examples("lvsctl server list tcp://192.0.2.10:80", "lvsctl server list tcp://192.0.2.10:80 --json"),
    )
    .argument("<service>", SERVICE_HELP, serviceArgument)
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (id, options) => {
      using client = await openIpvs();
      const [entry] = client.list(id);
      if (entry === undefined) throw noSuchService(id, "list the servers of");
      if (options.json) {
        const servers = [...entry.servers].sort(compareServerIds).map(listedServerJson);
        return printJson(io, { ...serviceIdJson(id), servers });
      }
      printLines(io, formatTable([entry], { view: "connections", width: outWidth(io, options) }), options);
    });
}

/**
 * The plan that adds a server, or with `ensure` gives an existing one the settings of the options.
 *
 * @throws {LvsctlError} If the settings are impossible.
 */
export function planAddition(
  { id, address }: { readonly id: ServiceId; readonly address: WrittenServer },
  options: ServerOptions & { readonly ensure?: true | undefined },
): (table: TableView) => Change[] {
  const bare: RealServer = {
    ...completeServer(address, id),
    forward: "nat",
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DEFAULT_TUNNEL,
  };
  const addition = { operation: "addServer", id, server: applyOptions(bare, options) } as const;
  refuseFor(addition);
  return (table) => {
    const current = options.ensure ? findServer(table, id, bare) : undefined;
    return current === undefined ? [addition] : editOf(id, current, options);
  };
}

/** A change that sets all settings of a server. */
type ServerChange = Change & { readonly operation: "addServer" | "editServer" };

function refuseFor(change: ServerChange): void {
  const { verb, object } = describeChange(change);
  refuseObjections(serverObjections(change.id, change.server), { operation: verb, object });
}

function findServer(table: TableView, id: ServiceId, { address, port }: ServerId): RealServer | undefined {
  return table.servers(id).find((server) => server.address === address && server.port === port);
}

/** The edit that gives a server the settings of the options; none if it has them. */
function editOf(id: ServiceId, current: RealServer, options: ServerOptions): Change[] {
  const change = { operation: "editServer", id, server: applyOptions(current, options) } as const;
  refuseFor(change);
  return sameServer(current, change.server) ? [] : [change];
}

/** Of all servers that may be edited, the one whose settings object least to those that the options name. */
function tolerantServer(id: ServiceId, server: ServerId, options: ServerOptions): RealServer {
  const { tunnelType = "gue", tunnelPort, tunnelChecksum } = options;
  const needsTunnel = [options.tunnelType, tunnelPort, tunnelChecksum].some((value) => value !== undefined) ||
    addressFamily(server.address) !== serviceFamily(id);
  return {
    ...server,
    forward: needsTunnel ? "tun" : "nat",
    weight: 1,
    upperThreshold: MAX_WEIGHT,
    lowerThreshold: 0,
    tunnel: { type: tunnelType, port: tunnelType === "gue" ? 1 : 0, checksum: "none" },
  };
}

/** The settings that the options name. */
function settingsOf(options: ServerOptions): readonly unknown[] {
  const { forward, weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelChecksum } = options;
  return [forward, weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelChecksum];
}

/** The server with the settings of the options. */
function applyOptions(server: RealServer, options: ServerOptions): RealServer {
  const forward = options.forward ?? server.forward;
  // A tunnel belongs to its forwarding method: a server with another method has none.
  const current = forward === "tun" ? server.tunnel : DEFAULT_TUNNEL;
  const type = options.tunnelType ?? current.type;
  const base = type === current.type ? current : DEFAULT_TUNNEL;
  return {
    address: server.address,
    port: server.port,
    forward,
    weight: options.weight ?? server.weight,
    upperThreshold: options.upperThreshold ?? server.upperThreshold,
    lowerThreshold: options.lowerThreshold ?? server.lowerThreshold,
    tunnel: { type, port: options.tunnelPort ?? base.port, checksum: options.tunnelChecksum ?? base.checksum },
  };
}
