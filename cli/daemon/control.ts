import { type ControlCommands, ControlServer } from "../../core/control/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import type { SourceStatus } from "../../core/discovery/mod.ts";
import type { decisionsJson } from "../format/decisions.ts";
import { documentJson } from "../format/json.ts";
import type { MetricFamily } from "../../core/metrics/mod.ts";
import { METRIC_LEVELS, type MetricLevel } from "../../core/model/mod.ts";
import { formatStatus, statusExitCode, statusJson, type StatusReport } from "../format/status.ts";
import { sourceJson } from "../format/discovery.ts";
import { routersJson } from "../format/vrrp.ts";
import { metricsRequest } from "./client.ts";
import type { DaemonFiles } from "./files.ts";
import type { DaemonLog } from "./log.ts";

/** The requests that the daemon's control socket accepts. */
export interface DaemonRequests {
  /** Reports the status. */
  report(): StatusReport;
  /** Reports the decisions about servers, as {@linkcode decisionsJson} does. */
  decisions(): ReturnType<typeof decisionsJson>;
  /** Reports the metrics that only the daemon knows. */
  metrics(level: MetricLevel): readonly MetricFamily[];
  /** Reports the services of the file that have a name: the name and the identity. */
  names(): readonly (readonly [name: string, service: string])[];
  /** Reads the file again and returns a summary of it; throws if the file is not valid. */
  reload(): Promise<string>;
  /** Reports the sources of servers. */
  sources(): readonly SourceStatus[];
  /** Accepts the next list of a source; throws if no source has the name. */
  acceptSource(name: string): void;
  /** Reports the virtual routers, their groups, and the messages that belong to none of them, by reason. */
  routers(): Parameters<typeof routersJson>[0];
  /** Lets a virtual router give up its addresses, or take part again; throws if no instance has the name. */
  setReleased(name: string, isReleased: boolean): void;
  /** Reads the overrides again, and returns the names of the services that the daemon manages. */
  readOverrides(): readonly string[];
}

/** The commands of the control socket. */
export function daemonCommands(requests: DaemonRequests): ControlCommands {
  return {
    status: () => {
      const report = requests.report();
      return { exit_code: statusExitCode(report.daemon), status: documentJson(statusJson(report)) };
    },
    // As text too, so that a client of another version prints the daemon's own words.
    "status-text": () => {
      const report = requests.report();
      return { exit_code: statusExitCode(report.daemon), text: formatStatus(report) };
    },
    decisions: () => requests.decisions(),
    names: () => ({ names: requests.names() }),
    ...Object.fromEntries(
      METRIC_LEVELS.map((
        level,
      ) => [metricsRequest(level), () => ({ families: requests.metrics(level), names: requests.names() })]),
    ),
    reload: async () => ({ text: await requests.reload() }),
    overrides: () => ({ services: requests.readOverrides() }),
    discovery: () => documentJson({ sources: requests.sources().map(sourceJson) }),
    "discovery-accept": (name) => {
      requests.acceptSource(name);
      return {};
    },
    vrrp: () => documentJson(routersJson(requests.routers())),
    "vrrp-release": (name) => {
      requests.setReleased(name, true);
      return {};
    },
    "vrrp-resume": (name) => {
      requests.setReleased(name, false);
      return {};
    },
  };
}

/** The commands of the socket for a group: those that change nothing and report what its users may know. */
export function statusCommands(commands: ControlCommands): ControlCommands {
  const allowed = ["status", "status-text", "names", "vrrp", "discovery", ...METRIC_LEVELS.map(metricsRequest)];
  return Object.fromEntries(Object.entries(commands).filter(([name]) => allowed.includes(name)));
}

/** Options of {@linkcode openControl}. */
export interface ControlOptions {
  /** The commands. */
  readonly commands: ControlCommands;
  /** The log, for a socket that cannot be opened. */
  readonly log: DaemonLog;
  /** Receives bugs. */
  readonly onBug: (error: unknown) => void;
  /** The id of a group whose users can connect to a socket of their own; undefined without one. */
  readonly group: number | undefined;
}

/**
 * Opens the daemon's control sockets; if that fails, logs a warning.
 *
 * @param files The paths of the sockets; without them, there is no socket.
 */
export function openControl(files: DaemonFiles | undefined, options: ControlOptions): AsyncDisposable {
  const { commands, group, ...common } = options;
  const sockets = new AsyncDisposableStack();
  if (files === undefined) return sockets;
  sockets.use(listenForCommands(files.socket, { ...common, commands, group: undefined }));
  if (group === undefined) return sockets;
  sockets.use(listenForCommands(files.statusSocket, { ...common, commands: statusCommands(commands), group }));
  return sockets;
}

function listenForCommands(path: string, options: ControlOptions): ControlServer | undefined {
  const { commands, log, onBug, group } = options;
  try {
    return ControlServer.listen(path, { commands, onBug, group });
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    const lost = group === undefined ? '"lvsctl status" and "lvsctl reload" will' : "users of the group will";
    log.warn(`${error.message}; ${lost} not reach this daemon`);
    return undefined;
  }
}
