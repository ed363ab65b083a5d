import type { OverrideScope, ServerId, ServiceId } from "../../../core/model/mod.ts";
import {
  completeServer,
  durationArgument,
  NO_PORT,
  serverArgument,
  serviceArgument,
  weightArgument,
} from "../../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import type { Context } from "../../context/context.ts";

const SERVICE_HELP = "the virtual service, as tcp://ADDRESS:PORT or fwmark:MARK; all: every one that has the server";
const SERVER_HELP = "the real server, as ADDRESS:PORT; without a port, the service's, or with all any";

/** Reads a service's name, or `all`. */
function scopeArgument(text: string): ServiceId | "all" {
  return text === "all" ? text : serviceArgument(text);
}

function scopeOf(service: ServiceId | "all", server: ServerId): OverrideScope {
  const { address, port } = service === "all" ? server : completeServer(server, service);
  return {
    ...(service === "all" ? {} : { service }),
    address,
    ...(port === NO_PORT ? {} : { port }),
  };
}

const REASON_HELP = "why, for those who see it later";
const TTL_HELP = "how long it holds; without it, until server ready";
const ttlArgument: (text: string) => number = durationArgument({ atLeast: "1s" });

/** `lvsctl server weight`. */
export function weightCommand(context: Context): CommandUnknownOpts {
  return new Command("weight")
    .description(
      "Gives a real server a weight that counts instead of the file's, its agent's and its slow start's, until it ends. " +
        "It is remembered, and run, check and apply respect it; an unhealthy server is taken out all the same.",
    )
    .argument("<service>", SERVICE_HELP, scopeArgument)
    .argument("<server>", SERVER_HELP, serverArgument)
    .argument("<weight>", "share of new connections, 0 for none", weightArgument)
    .option("--reason <text>", REASON_HELP)
    .option("--ttl <duration>", TTL_HELP, ttlArgument)
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (service, server, weight, options) => {
      const { setOverride } = await import("./set_override.ts");
      await setOverride(context, { scope: scopeOf(service, server), weight, options });
    });
}

/** `lvsctl server maint`. */
export function maintCommand(context: Context): CommandUnknownOpts {
  return new Command("maint")
    .description(
      "Puts a real server in maintenance: weight 0, whatever its health is. It keeps its connections and gets nothing " +
        "new; it is remembered, and run, check and apply respect it until server ready.",
    )
    .argument("<service>", SERVICE_HELP, scopeArgument)
    .argument("<server>", SERVER_HELP, serverArgument)
    .option("--reason <text>", REASON_HELP)
    .option("--ttl <duration>", TTL_HELP, ttlArgument)
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (service, server, options) => {
      const { setOverride } = await import("./set_override.ts");
      await setOverride(context, { scope: scopeOf(service, server), weight: "maint", options });
    });
}

/** `lvsctl server ready`. */
export function readyCommand(context: Context): CommandUnknownOpts {
  return new Command("ready")
    .description(
      "Ends what server weight and server maint have said of a real server. With a daemon, it gets the weight that its " +
        "health and the file give it; without one, the weight that it had before.",
    )
    .argument("<service>", SERVICE_HELP, scopeArgument)
    .argument("<server>", SERVER_HELP, serverArgument)
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (service, server, options) => {
      const { clearOverride } = await import("./set_override.ts");
      await clearOverride(context, scopeOf(service, server), options);
    });
}

/** `lvsctl server overrides`. */
export function overridesCommand(context: Context): CommandUnknownOpts {
  return new Command("overrides")
    .description("Lists what server weight and server maint have said of real servers and still holds.")
    .option("--json", "print JSON")
    .action(async (options) => {
      const { listOverrides } = await import("./set_override.ts");
      listOverrides(context, options);
    });
}
