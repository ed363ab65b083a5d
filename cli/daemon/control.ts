import { type ControlCommands, ControlServer } from "../../core/control/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import type { DaemonLog } from "./log.ts";

/**
 * Opens the socket by which a daemon is asked and told; where that cannot be, the log says so.
 *
 * @param path Where the socket is; there is none without it.
 */
export function listenForCommands(
  path: string | undefined,
  options: {
    readonly commands: ControlCommands;
    readonly log: DaemonLog;
    readonly onBug: (error: unknown) => void;
  },
): ControlServer | undefined {
  if (path === undefined) return undefined;
  const { commands, log, onBug } = options;
  try {
    return ControlServer.listen(path, { commands, onBug });
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    log.warn(`${error.message}; "lvsctl status" and "lvsctl reload" will not find this daemon`);
    return undefined;
  }
}
