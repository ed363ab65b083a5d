import type { ControlCommands } from "../../core/control/mod.ts";
import { formatStatus, statusExitCode, statusJson, type StatusReport } from "../format/status.ts";

/** What the daemon is asked for at its control socket. */
export interface DaemonRequests {
  /** Tells how it is. */
  report(): StatusReport;
  /** Reads the file again, and tells what is in force now; throws what is wrong with it. */
  reload(): Promise<string>;
  /** Looks at what operators say, and gives the names of the services that it follows that for. */
  lookAtOverrides(): readonly string[];
}

/** The commands of the control socket. */
export function daemonCommands(requests: DaemonRequests): ControlCommands {
  return {
    status: () => {
      const report = requests.report();
      return { exit_code: statusExitCode(report.daemon), status: statusJson(report) };
    },
    // In words: they are the daemon's own, whatever version the client is of.
    "status-text": () => {
      const report = requests.report();
      return { exit_code: statusExitCode(report.daemon), text: formatStatus(report) };
    },
    reload: async () => ({ text: await requests.reload() }),
    overrides: () => ({ services: requests.lookAtOverrides() }),
  };
}
