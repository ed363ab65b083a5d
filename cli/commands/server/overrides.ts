import { defined, type OverrideScope, type ServiceId } from "../../../core/model/mod.ts";
import {
  completeServer,
  durationArgument,
  serverArgument,
  serviceArgument,
  weightArgument,
  type WrittenServer,
} from "../../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../../options/display_options.ts";
import { examples } from "../../options/examples.ts";
import type { Context } from "../../context/context.ts";

const SERVICE_HELP = "the virtual service, as tcp://ADDRESS:PORT or fwmark:MARK, or all: each with the server";
const SERVER_HELP = "the real server, as ADDRESS:PORT (default port: the service's; with all: any)";

/** Reads a service, or `all`. */
function scopeArgument(text: string): ServiceId | "all" {
  return text === "all" ? text : serviceArgument(text);
}

function scopeOf(service: ServiceId | "all", server: WrittenServer): OverrideScope {
  return service === "all" ? defined({ ...server }) : { service, ...completeServer(server, service) };
}

const REASON_HELP = "the reason, shown with the override";
const TTL_HELP = "end the override after this time (default: never)";
const ttlArgument: (text: string) => number = durationArgument({ atLeast: "1s" });

/** `lvsctl server weight`. */
export function weightCommand(context: Context): CommandUnknownOpts {
  return new Command("weight")
    .summary("override the weight of a real server")
    .description(
      "Overrides the weight of a real server: the given one counts instead of the weights of the file, the agent and the " +
        "slow start. run, check and apply respect the override until lvsctl server ready cancels it; an unhealthy " +
        "server is still removed.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl server weight tcp://192.0.2.10:80 10.0.0.11 10 --ttl 1h",
        "lvsctl server weight all 10.0.0.11 1 --reason canary",
      ),
    )
    .argument("<service>", SERVICE_HELP, scopeArgument)
    .argument("<server>", SERVER_HELP, serverArgument)
    .argument("<weight>", "share of new connections, 0 for none", weightArgument)
    .option("--reason <text>", REASON_HELP)
    .option("--ttl <duration>", TTL_HELP, ttlArgument)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (service, server, weight, options) => {
      const { setOverride } = await import("./set_override.ts");
      await setOverride(context, { scope: scopeOf(service, server), weight, options });
    });
}

/** `lvsctl server maint`. */
export function maintCommand(context: Context): CommandUnknownOpts {
  return new Command("maint")
    .summary("set a real server to maintenance")
    .description(
      "Sets a real server to maintenance: weight 0, healthy or not. The server keeps its connections and gets no new " +
        "ones. run, check and apply respect the override until lvsctl server ready cancels it.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl server maint tcp://192.0.2.10:80 10.0.0.11 --reason upgrade",
        "lvsctl server maint all 10.0.0.11 --ttl 2h",
      ),
    )
    .argument("<service>", SERVICE_HELP, scopeArgument)
    .argument("<server>", SERVER_HELP, serverArgument)
    .option("--reason <text>", REASON_HELP)
    .option("--ttl <duration>", TTL_HELP, ttlArgument)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (service, server, options) => {
      const { setOverride } = await import("./set_override.ts");
      await setOverride(context, { scope: scopeOf(service, server), weight: "maint", options });
    });
}

/** `lvsctl server ready`. */
export function readyCommand(context: Context): CommandUnknownOpts {
  return new Command("ready")
    .summary("cancel the overrides of a real server")
    .description(
      "Cancels the overrides that server weight and server maint set on a real server. With a daemon, the server gets " +
        "the weight of its health and the file; without one, the weight before the override.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl server ready tcp://192.0.2.10:80 10.0.0.11",
        "lvsctl server ready all 10.0.0.11 --dry-run",
      ),
    )
    .argument("<service>", SERVICE_HELP, scopeArgument)
    .argument("<server>", SERVER_HELP, serverArgument)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (service, server, options) => {
      const { clearOverride } = await import("./set_override.ts");
      await clearOverride(context, { scope: scopeOf(service, server), options });
    });
}

/** `lvsctl server overrides`. */
export function overridesCommand(context: Context): CommandUnknownOpts {
  return new Command("overrides")
    .summary("list the active overrides")
    .description("Lists the active overrides of server weight and server maint.")
    .addHelpText("after", examples("lvsctl server overrides", "lvsctl server overrides --json"))
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (options) => {
      const { listOverrides } = await import("./set_override.ts");
      listOverrides(context, options);
    });
}
