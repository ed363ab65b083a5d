import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type ForwardingMethod, type IpAddress, type Tunnel, TUNNEL_TYPES } from "../../core/model/mod.ts";
import {
  adviceFor,
  checkRealServer,
  completeSetup,
  DEFAULT_GUE_PORT,
  type Goal,
  holdsAny,
  type OriginalSettings,
  planGoal,
  PRINT_FORMATS,
  printSetups,
  reachGoal,
  type ReachPurpose,
  type RealServerPlan,
  type VipSetup,
  withSetups,
  wrongFindings,
} from "../../core/realserver/mod.ts";
import { deviceArgument, forwardArgument, portArgument, vipsArgument, wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { printJson } from "../format/json.ts";
import { findingJson, formatFindings, printedStep } from "../format/realserver.ts";
import { writePrinted } from "./realserver/printed_files.ts";
import type { ChangeOptions } from "../format/printed_change.ts";

/** `lvsctl realserver`. */
export function realServerCommand(context: Context): CommandUnknownOpts {
  return new Command("realserver")
    .description(
      "Prepares this machine for being a real server that gets its packets by direct routing (dr) or through a tunnel " +
        "(tun), checks that, and puts everything back.",
    )
    .addCommand(setupCommand(context))
    .addCommand(checkCommand(context))
    .addCommand(teardownCommand(context));
}

/** What says how packets come. */
type SetupOptions = {
  readonly forward?: ForwardingMethod | undefined;
  readonly tunnel?: Tunnel["type"] | undefined;
  readonly tunnelPort?: number | undefined;
  readonly device?: string | undefined;
};

const VIPS_HELP = "VIPs, IPv4 or IPv6";

/** A command about VIPs, with the options that say how their packets come. */
function settingCommand(name: string, vips: string): Command<[readonly IpAddress[]], SetupOptions> {
  return new Command(name)
    .argument(
      vips,
      vips.startsWith("[") ? `${VIPS_HELP}; all that lvsctl set up if none is named` : VIPS_HELP,
      vipsArgument,
    )
    .option("-f, --forward <method>", "how packets come from the director: dr, tun", forwardArgument)
    .option("--tunnel <type>", `encapsulation: ${TUNNEL_TYPES.join(", ")} (default: ipip)`, wordArgument(TUNNEL_TYPES))
    .option("--tunnel-port <port>", `UDP port of a gue tunnel (default: ${DEFAULT_GUE_PORT})`, portArgument)
    .option(
      "-d, --device <name>",
      "interface of the VIPs: lo, or a dummy, which is made if there is none (default: lo; with tun, the tunnel's)",
      deviceArgument,
    );
}

function setupCommand(context: Context): CommandUnknownOpts {
  return settingCommand("setup", "<vip...>")
    .description(
      "Sets this machine up: the neighbours will not be told of the VIPs, packets for them are taken, and out of the " +
        "tunnel too. What is changed is remembered; setting up again changes nothing. If it fails or is called off, " +
        "everything is put back.",
    )
    .option(
      "--print <format>",
      `print it instead, for any machine: ${PRINT_FORMATS.join(", ")}`,
      wordArgument(PRINT_FORMATS),
    )
    .option("--output <directory>", "write what is printed there, as files")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (vips, options) => {
      const setups = setupsOf(vips, options);
      const { print, output } = options;
      if (print !== undefined) return writePrinted(context.io, printSetups(setups, print), output);
      if (output !== undefined) throw usageError("--output needs --print");
      await change(context, {
        options,
        purpose: "set up the real server",
        goalOf: (current) => goalOf(withSetups(current, setups), setups),
        advised: setups,
      });
    });
}

function teardownCommand(context: Context): CommandUnknownOpts {
  return new Command("teardown")
    .description(
      "Puts back what setup changed: sysctls, addresses, interfaces and ports are as they were. What somebody else has " +
        "changed since is left, and named. Without VIPs, all of it.",
    )
    .argument("[vip...]", VIPS_HELP, vipsArgument)
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (vips, options) => {
      await change(context, {
        options,
        purpose: "tear down the real server",
        goalOf: (current) => {
          const gone = current.filter(({ address }) => vips.length === 0 || vips.includes(address));
          return goalOf(current.filter((setup) => !gone.includes(setup)), gone);
        },
        advised: [],
      });
    });
}

function checkCommand(context: Context): CommandUnknownOpts {
  return settingCommand("check", "[vip...]")
    .description(
      "Looks at everything that setup sees to, whoever did it, and says what is wrong, what that leads to and how to " +
        "mend it. Exits with 1 if something is.",
    )
    .option("--json", "print JSON")
    .action(withStatus(async (vips, options) => {
      using access = await context.openRealServer();
      const view = access.machine.view();
      const { setups } = access.states.read((memory) => holdsAny(memory, view));
      const findings = checkRealServer(view, checkedSetups(setups, vips, options));
      if (options.json) printJson(context.io, findings.map(findingJson));
      else context.io.out(formatFindings(findings));
      return wrongFindings(findings).length > 0 ? EXIT.refused : EXIT.ok;
    }));
}

/** The set-ups to be checked: those that the command line tells, and for the rest those that lvsctl made. */
function checkedSetups(
  known: readonly VipSetup[],
  vips: readonly IpAddress[],
  options: SetupOptions,
): readonly VipSetup[] {
  if (options.forward !== undefined) {
    if (vips.length === 0) throw usageError("--forward needs VIPs");
    return setupsOf(vips, options);
  }
  if (options.tunnel !== undefined || options.tunnelPort !== undefined || options.device !== undefined) {
    throw usageError("--tunnel, --tunnel-port and --device need --forward");
  }
  const missing = vips.find((address) => !known.some((setup) => setup.address === address));
  if (missing !== undefined || known.length === 0) {
    throw new LvsctlError("lvsctl did not set it up", {
      operation: "check the real server",
      ...(missing === undefined ? {} : { object: `for ${missing}` }),
      hint: "name VIPs and --forward dr or tun",
    });
  }
  return known.filter(({ address }) => vips.length === 0 || vips.includes(address));
}

function setupsOf(vips: readonly IpAddress[], options: SetupOptions): readonly VipSetup[] {
  const { forward, tunnel, tunnelPort, device } = options;
  if (forward === undefined) throw usageError("--forward is missing: dr or tun");
  if (forward !== "dr" && forward !== "tun") {
    throw new LvsctlError(`with ${forward} there is nothing to set up`, {
      hint: "let the default route lead to the director",
      exitCode: EXIT.usage,
    });
  }
  if (forward === "dr" && (tunnel !== undefined || tunnelPort !== undefined)) {
    throw usageError("direct routing has no tunnel: add --forward tun, or leave out --tunnel");
  }
  if (tunnel !== "gue" && tunnelPort !== undefined) throw usageError("only gue tunnels have a port");
  const port = tunnel === "gue" ? tunnelPort ?? DEFAULT_GUE_PORT : 0;
  const through = forward === "tun" ? { tunnel: { type: tunnel ?? "ipip", port } } : {};
  return [...new Set(vips)].map((address) => completeSetup({ address, ...through, device }));
}

function usageError(reason: string): LvsctlError {
  return new LvsctlError(reason, { exitCode: EXIT.usage });
}

function goalOf(setups: readonly VipSetup[], about: readonly VipSetup[]): Goal {
  return { setups, about: new Set(about.map(({ address }) => address)) };
}

/** Makes the machine what a command wants, or says what that would take. */
async function change(
  context: Context,
  request: {
    readonly options: ChangeOptions;
    readonly purpose: ReachPurpose;
    readonly goalOf: (current: readonly VipSetup[]) => Goal;
    readonly advised: readonly VipSetup[];
  },
): Promise<void> {
  const { options, purpose, goalOf, advised } = request;
  const { io } = context;
  using access = await context.openRealServer();
  const { machine, states } = access;
  const view = machine.view();
  const witness = (memory: OriginalSettings): boolean => holdsAny(memory, machine.view());
  const advice = adviceFor(advised, view.links);
  let plan: RealServerPlan;
  if (options.dryRun) {
    const { setups, memory } = states.read(witness);
    plan = planGoal(view, { ...goalOf(setups), memory });
  } else {
    using interruption = context.listenForInterruption();
    using store = states.lock(witness);
    const { signal } = interruption;
    plan = await reachGoal(goalOf(store.read().setups), { machine, store, signal, pause: nextTurn, purpose });
  }
  const { steps, notes } = plan;
  if (options.json) {
    const changes = steps.map((step) => printedStep(step).json);
    return printJson(io, { dry_run: options.dryRun ?? false, changes, notes: [...notes, ...advice] });
  }
  if (options.dryRun) io.out(steps.map((step) => `${printedStep(step).line}\n`).join("") || "Nothing to change\n");
  io.out([...notes, ...advice].map((line) => `note: ${line}\n`).join(""));
}

/** Signals arrive between two turns of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
