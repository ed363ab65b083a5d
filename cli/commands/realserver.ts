import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type ForwardingMethod, type IpAddress, type Tunnel, TUNNEL_TYPES } from "../../core/model/mod.ts";
import {
  adviceFor,
  applySetups,
  checkRealServer,
  completeSetup,
  DEFAULT_GUE_PORT,
  type DesiredSetups,
  failedChecks,
  hasActiveChange,
  type OriginalSettings,
  planSetups,
  PRINT_FORMATS,
  printSetups,
  type RealServerPlan,
  type SetupPurpose,
  type VipSetup,
  withSetups,
} from "../../core/realserver/mod.ts";
import { deviceArgument, forwardArgument, portArgument, vipsArgument, wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { nextTurn } from "../context/signals.ts";
import { inform } from "../context/verbosity.ts";
import { printJson } from "../format/json.ts";
import { findingJson, formatFindings, printedStep } from "../format/realserver.ts";
import { writePrinted } from "./realserver/printed_files.ts";
import { type ChangeOptions, changesJson } from "../format/printed_change.ts";

/** `lvsctl realserver`. */
export function realServerCommand(context: Context): CommandUnknownOpts {
  return new Command("realserver")
    .description(
      "Sets up this machine as a real server for direct routing (dr) or tunnels (tun), checks the set-up, and removes " +
        "it.",
    )
    .addHelpText(
      "after",
      examples("lvsctl realserver setup 192.0.2.10 --forward dr", "lvsctl realserver check"),
    )
    .addCommand(setupCommand(context))
    .addCommand(checkCommand(context))
    .addCommand(teardownCommand(context));
}

/** The options of the way from the director. */
type SetupOptions = {
  readonly forward?: ForwardingMethod | undefined;
  readonly tunnel?: Tunnel["type"] | undefined;
  readonly tunnelPort?: number | undefined;
  readonly device?: string | undefined;
};

const VIPS_HELP = "VIPs, IPv4 or IPv6";

/** A command about VIPs, with the options of the way from the director. */
function settingCommand(name: string, vips: string): Command<[readonly IpAddress[]], SetupOptions> {
  return new Command(name)
    .argument(
      vips,
      vips.startsWith("[") ? `${VIPS_HELP} (default: all that lvsctl set up)` : VIPS_HELP,
      vipsArgument,
    )
    .option("-f, --forward <method>", "forwarding method of the director: dr, tun", forwardArgument)
    .option("--tunnel <type>", `encapsulation: ${TUNNEL_TYPES.join(", ")} (default: ipip)`, wordArgument(TUNNEL_TYPES))
    .option("--tunnel-port <port>", `UDP port of a gue tunnel (default: ${DEFAULT_GUE_PORT})`, portArgument)
    .option(
      "-d, --device <name>",
      "interface of the VIPs: lo, or a name; a dummy is created for a new one (default: lo; with tun: the tunnel)",
      deviceArgument,
    );
}

function setupCommand(context: Context): CommandUnknownOpts {
  return settingCommand("setup", "<vip...>")
    .description(
      "Sets up this machine: it accepts packets for the VIPs, also from the tunnel, and does not answer ARP for them. " +
        "lvsctl remembers its changes; a second setup changes nothing. After an error or a signal, everything is restored.",
    )
    .summary("set up this machine as a real server")
    .addHelpText(
      "after",
      examples(
        "lvsctl realserver setup 192.0.2.10 --forward dr",
        "lvsctl realserver setup 192.0.2.10 --forward tun --print systemd-networkd",
      ),
    )
    .option(
      "--print <format>",
      `print the set-up as files for any machine: ${PRINT_FORMATS.join(", ")}`,
      wordArgument(PRINT_FORMATS),
    )
    .option("--output <directory>", "with --print: write the files to this directory")
    .option("-y, --yes", "with --output: replace files that setup did not print, without a question")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (vips, options) => {
      const setups = setupsOf(vips, options);
      const { print, output, yes } = options;
      if (print !== undefined) {
        return writePrinted(context.io, { files: printSetups(setups, print), directory: output, yes });
      }
      if (output !== undefined) throw usageError("--output needs --print");
      await change(context, {
        options,
        purpose: "set up the real server",
        desiredFrom: (current) => desiredFrom(withSetups(current, setups), setups),
        advised: setups,
      });
    });
}

function teardownCommand(context: Context): CommandUnknownOpts {
  return new Command("teardown")
    .description(
      "Restores the sysctls, addresses, interfaces and ports that setup changed. Later changes by other programs stay " +
        "and are reported.",
    )
    .summary("restore this machine's settings")
    .addHelpText("after", examples("lvsctl realserver teardown", "lvsctl realserver teardown 192.0.2.10 --dry-run"))
    .argument("[vip...]", `${VIPS_HELP} (default: all that lvsctl set up)`, vipsArgument)
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (vips, options) => {
      await change(context, {
        options,
        purpose: "tear down the real server",
        desiredFrom: (current) => {
          const gone = current.filter(({ address }) => vips.length === 0 || vips.includes(address));
          return desiredFrom(current.filter((setup) => !gone.includes(setup)), gone);
        },
        advised: [],
      });
    });
}

function checkCommand(context: Context): CommandUnknownOpts {
  return settingCommand("check", "[vip...]")
    .description(
      "Checks every setting that setup makes, also those of other programs, and reports each wrong one with its effect " +
        "and fix. The exit status is 1 if one is wrong.",
    )
    .summary("check this machine's set-up")
    .addHelpText("after", examples("lvsctl realserver check", "lvsctl realserver check 192.0.2.10 --forward dr"))
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(withStatus(async (vips, options) => {
      using access = await context.openRealServer();
      const view = access.machine.readState();
      const { setups } = access.states.read((memory) => hasActiveChange(memory, view));
      const findings = checkRealServer(view, checkedSetups(setups, vips, options));
      if (options.json) {
        printJson(context.io, { wrong: failedChecks(findings).length, findings: findings.map(findingJson) });
      } else context.io.out(formatFindings(findings));
      return failedChecks(findings).length > 0 ? EXIT.refused : EXIT.ok;
    }));
}

/** The set-ups to check: those on the command line, or those that lvsctl made. */
function checkedSetups(
  known: readonly VipSetup[],
  vips: readonly IpAddress[],
  options: SetupOptions,
): readonly VipSetup[] {
  if (options.forward !== undefined) {
    if (vips.length === 0) throw usageError("--forward needs a VIP");
    return setupsOf(vips, options);
  }
  if (options.tunnel !== undefined || options.tunnelPort !== undefined || options.device !== undefined) {
    throw usageError("--tunnel, --tunnel-port and --device need --forward");
  }
  const missing = vips.find((address) => !known.some((setup) => setup.address === address));
  if (missing !== undefined || known.length === 0) {
    throw new LvsctlError("lvsctl did not set it up", {
      operation: "check the real server",
      object: missing === undefined ? undefined : `for ${missing}`,
      hint: "give VIPs and --forward dr or tun",
    });
  }
  return known.filter(({ address }) => vips.length === 0 || vips.includes(address));
}

function setupsOf(vips: readonly IpAddress[], options: SetupOptions): readonly VipSetup[] {
  const { forward, tunnel, tunnelPort, device } = options;
  if (forward === undefined) throw usageError("--forward is missing", "add --forward dr or --forward tun");
  if (forward !== "dr" && forward !== "tun") {
    throw new LvsctlError(`a real server for ${forward} needs no set-up`, {
      hint: "let its default route lead to the director",
      exitCode: EXIT.usage,
    });
  }
  if (forward === "dr" && (tunnel !== undefined || tunnelPort !== undefined)) {
    throw usageError("direct routing has no tunnel", "use --forward tun, or omit --tunnel and --tunnel-port");
  }
  if (tunnel !== "gue" && tunnelPort !== undefined) {
    throw usageError("only gue tunnels have a port", "add --tunnel gue, or omit --tunnel-port");
  }
  const port = tunnel === "gue" ? tunnelPort ?? DEFAULT_GUE_PORT : 0;
  const through = forward === "tun" ? { tunnel: { type: tunnel ?? "ipip", port } } : {};
  return [...new Set(vips)].map((address) => completeSetup({ address, ...through, device }));
}

function usageError(reason: string, hint?: string): LvsctlError {
  return new LvsctlError(reason, { hint, exitCode: EXIT.usage });
}

function desiredFrom(setups: readonly VipSetup[], requested: readonly VipSetup[]): DesiredSetups {
  return { setups, requested: new Set(requested.map(({ address }) => address)) };
}

/** Changes the machine to the set-ups that a command wants; with a dry run, only prints the changes. */
async function change(
  context: Context,
  request: {
    readonly options: ChangeOptions;
    readonly purpose: SetupPurpose;
    readonly desiredFrom: (current: readonly VipSetup[]) => DesiredSetups;
    readonly advised: readonly VipSetup[];
  },
): Promise<void> {
  const { options, purpose, desiredFrom, advised } = request;
  const { io } = context;
  using access = await context.openRealServer();
  const { machine, states } = access;
  const view = machine.readState();
  const witness = (memory: OriginalSettings): boolean => hasActiveChange(memory, machine.readState());
  const advice = adviceFor(advised, view.links);
  let plan: RealServerPlan;
  if (options.dryRun) {
    const { setups, memory } = states.read(witness);
    plan = planSetups(view, { ...desiredFrom(setups), memory });
  } else {
    using interruption = context.listenForInterruption();
    using store = states.lock(witness);
    io.beginChange?.();
    const { signal } = interruption;
    plan = await applySetups(desiredFrom(store.read().setups), { machine, store, signal, pause: nextTurn, purpose });
  }
  const { steps, notes } = plan;
  if (options.json) {
    const facts = { notes: [...notes, ...advice] };
    return printJson(io, changesJson(steps.map(printedStep), { dryRun: options.dryRun, facts }));
  }
  const print = (text: string): void => options.dryRun ? io.out(text) : inform(io, text);
  if (steps.length === 0) print("Nothing to change\n");
  else if (options.dryRun || io.verbosity === "verbose") {
    print(steps.map((step) => `${printedStep(step).line}\n`).join(""));
  }
  print([...notes, ...advice].map((line) => `note: ${line}\n`).join(""));
}
