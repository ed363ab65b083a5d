import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { fieldsOf, itemsOf } from "../../core/json/mod.ts";
import { formatVip, visible } from "../../core/model/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { QUIET } from "../options/common_options.ts";
import { OUTPUT_FLAGS, OUTPUT_HELP, outputArgument, WIDE_HELP } from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import type { Context } from "../context/context.ts";
import { inform } from "../context/verbosity.ts";
import { VERSION } from "../context/version.ts";
import { askDaemon, connectDaemon, findDaemon } from "../daemon/client.ts";
import { printDocument } from "../format/json.ts";
import { formatDiscarded, formatFindings, formatRouters, readRouters } from "../format/vrrp_view.ts";
import { outWidth, printLines } from "../terminal/display.ts";

/** `lvsctl vrrp`. */
export function vrrpCommand(context: Context): CommandUnknownOpts {
  return new Command("vrrp")
    .description(
      "Shows the virtual routers of the daemon, by which one of several directors has the addresses, and lets one give up " +
        "its addresses.",
    )
    .addHelpText("after", examples("lvsctl vrrp status", "lvsctl vrrp release edge"))
    .addCommand(statusCommand(context))
    .addCommand(switchCommand(context, {
      name: "release",
      summary: "give up the addresses of a virtual router",
      description:
        "Gives up the addresses of a virtual router, so that another director takes over. It stays out until " +
        "lvsctl vrrp resume or a stop of the daemon. A restart of the daemon keeps it out.",
    }))
    .addCommand(switchCommand(context, {
      name: "resume",
      summary: "let a released virtual router take part again",
      description: "Lets a released virtual router take part again: it is active again if its priority is the highest.",
    }))
    .addCommand(cleanupCommand(context));
}

function statusCommand(context: Context): CommandUnknownOpts {
  const { io } = context;
  return new Command("status")
    .summary("show the virtual routers")
    .description(
      "Shows the state of the daemon's virtual routers, their priority, and the last router that they heard. With the " +
        "name of an instance, shows everything about it: timers, what it tracks, the other routers that it heard " +
        "and how they differ, and its counts.",
    )
    .addHelpText("after", examples("lvsctl vrrp status", "lvsctl vrrp status edge"))
    .argument("[name]", "name of an instance in the daemon's file", visible)
    .option("--wide", WIDE_HELP)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(async (name, options) => {
      using client = await connectDaemon(context, { readsStatus: true });
      const answer = await askDaemon(client, "vrrp");
      const routers = name === undefined ? answer["routers"] : routersOf(answer["routers"], name);
      if (options.json) return printDocument(io, { ...answer, routers });
      const layout = { width: outWidth(io, options), now: Date.now() };
      if (name !== undefined) {
        const { formatRouterDetails } = await import("../format/vrrp_details.ts");
        return printLines(io, itemsOf(routers).flatMap((router) => formatRouterDetails(router, layout)));
      }
      const lines = [...formatRouters(readRouters(routers), layout), ...formatFindings(routers)];
      printLines(io, [...lines, ...formatDiscarded(answer["discarded"])]);
    });
}

/** The routers of an instance: one for each family. */
function routersOf(all: unknown, name: string): readonly unknown[] {
  const routers = itemsOf(all);
  const found = routers.filter((router) => fieldsOf(router)["name"] === name);
  if (found.length > 0) return found;
  const names = new Set(routers.map((router) => visible(String(fieldsOf(router)["name"]))));
  throw new LvsctlError(`no virtual router of the daemon has the name "${name}"`, {
    hint: names.size === 0 ? "its file has none" : `its file has ${[...names].join(", ")}`,
    exitCode: EXIT.usage,
  });
}

function cleanupCommand(context: Context): CommandUnknownOpts {
  return new Command("cleanup")
    .summary("remove addresses and sync daemons that a killed daemon left")
    .description(
      "Removes the addresses of virtual routers that stay on the interfaces if all processes of the daemon are killed, " +
        "stops the sync daemons that follow them, and prints both. The unit of the service manager runs it after the " +
        "daemon; it is refused while a daemon runs. A process of virtual routers that waits for the next daemon keeps " +
        "its addresses, and the command is refused. With --unit, that process ends if systemd stops the unit.",
    )
    .addHelpText("after", examples("lvsctl vrrp cleanup", "lvsctl vrrp cleanup && lvsctl run"))
    .option("--unit <unit>", "end waiting routers too if systemd stops the unit", visible)
    .option(...QUIET)
    .action(async ({ unit }) => {
      using daemon = await findDaemon(context);
      if (daemon !== undefined) {
        throw new LvsctlError("a daemon runs, and its virtual routers need their addresses", {
          operation: "remove addresses",
          hint: 'release them with "lvsctl vrrp release NAME"',
        });
      }
      const { speakerSocket, VrrpFiles } = await import("../daemon/vrrp_files.ts");
      const { hasSpeaker } = await import("../daemon/speaker_link.ts");
      const socket = speakerSocket(context.directories);
      if (socket !== undefined && await hasSpeaker(socket)) {
        if (unit === undefined) {
          throw new LvsctlError("the process of the virtual routers still runs, and removes its addresses itself", {
            operation: "remove addresses",
            hint: "start the daemon, or wait for 30 s, or for three intervals if those are longer",
          });
        }
        if (!await stopWithUnit(unit, { socket, context })) return;
      }
      context.io.beginChange?.();
      const { removeVrrpLeftovers } = await import("../../core/system/vrrp.ts");
      const files = new VrrpFiles(context.directories);
      for (const vip of removeVrrpLeftovers(files)) inform(context.io, `removed ${formatVip(vip)}\n`);
      if (files.sync.read() === undefined) return;
      const { stopLeftSyncDaemons } = await import("../daemon/sync_follower.ts");
      using kernel = await context.openIpvs();
      const onStop = (role: string): void => inform(context.io, `stopped sync daemon ${role}\n`);
      stopLeftSyncDaemons(files.sync, { kernel, onStop });
    });
}

/** Ends the process of the virtual routers if no daemon follows: else it keeps its addresses for 30 s. */
async function stopWithUnit(
  unit: string,
  { socket, context: { io } }: { readonly socket: string; readonly context: Context },
): Promise<boolean> {
  const { isUnitStopping } = await import("../daemon/unit_jobs.ts");
  if (!await isUnitStopping(unit)) return false;
  const { stopSpeaker } = await import("../daemon/speaker_process.ts");
  io.beginChange?.();
  const onWait = (message: string): void => inform(io, `lvsctl: ${message}\n`, { stream: "err" });
  if (await stopSpeaker(socket, { version: VERSION, onWait, clock: SYSTEM_CLOCK })) {
    inform(io, "ended the process of the virtual routers\n");
  }
  return true;
}

function switchCommand(
  context: Context,
  { name, summary, description }: {
    readonly name: "release" | "resume";
    readonly summary: string;
    readonly description: string;
  },
): CommandUnknownOpts {
  return new Command(name)
    .summary(summary)
    .description(description)
    .addHelpText("after", examples(`lvsctl vrrp ${name} edge`, `lvsctl vrrp ${name} edge && lvsctl vrrp status`))
    .argument("<name>", "name of the instance in the daemon's file", visible)
    .option(...QUIET)
    .action(async (instance) => {
      using client = await connectDaemon(context);
      context.io.beginChange?.();
      await askDaemon(client, `vrrp-${name} ${instance}`);
    });
}
