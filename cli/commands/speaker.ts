import { listenFor } from "../context/signal_listener.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { runVrrpSpeaker } from "../../core/system/vrrp.ts";

/** `lvsctl __speaker`: runs the virtual routers of the daemon, which starts it and controls it over standard input. */
export function speakerCommand(): CommandUnknownOpts {
  return new Command("__speaker").action(() => {
    // A signal to the whole group is the daemon's, which then ends this process in order.
    using _signals = listenFor({ SIGTERM: () => {}, SIGINT: () => {} });
    runVrrpSpeaker();
  });
}
