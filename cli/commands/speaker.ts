import { listenFor } from "../context/signal_listener.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { runVrrpSpeaker } from "../../core/system/vrrp.ts";
import type { Context } from "../context/context.ts";
import { VERSION } from "../context/version.ts";
import { speakerSocket, VrrpFiles } from "../daemon/vrrp_files.ts";

/** The signals that the daemon handles, and that the runtime would end this process by. */
const DAEMON_SIGNALS: readonly Deno.Signal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"];

/** `lvsctl __speaker`: runs the virtual routers of the daemon, which starts it and controls it over standard input. */
export function speakerCommand({ directories }: Pick<Context, "directories">): CommandUnknownOpts {
  return new Command("__speaker").action(() => {
    // A signal to the whole group is the daemon's, which then ends this process in order.
    using _signals = listenFor(Object.fromEntries(DAEMON_SIGNALS.map((name) => [name, () => {}])));
    runVrrpSpeaker({ records: new VrrpFiles(directories), socket: speakerSocket(directories), version: VERSION });
  });
}
