import type { DaemonSettings } from "./settings.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { lockProcess } from "../state/process_lock.ts";
import type { Directories } from "../state/directories.ts";
import { tableNamespace } from "../state/namespace.ts";

/** The files of the daemon: one set for each network namespace, which has one table. */
export interface DaemonFiles {
  /** The control socket. */
  readonly socket: string;
  /** The socket that reports the status to a group of users. */
  readonly statusSocket: string;
  /** The state for the next daemon. */
  readonly state: string;
}

/** The paths of the files of this network namespace's daemon. */
export function daemonFiles({ run }: Directories): DaemonFiles {
  const namespace = tableNamespace();
  return {
    socket: `${run}/daemon-${namespace}.sock`,
    statusSocket: `${run}/status-${namespace}.sock`,
    state: `${run}/daemon-${namespace}.json`,
  };
}

/**
 * Makes this process the only daemon of its table until the result is disposed of.
 *
 * @param directories The directories of the lock.
 * @param options.file The daemon's file, for the message that a second daemon prints.
 * @param options.onUnusable Called with the reason if there can be no lock; then a second daemon can start.
 * @throws {LvsctlError} If another daemon holds the lock; the message names its process.
 */
export function lockDaemon(
  directories: Directories,
  options: { readonly file: string; readonly onUnusable: (reason: LvsctlError) => void },
): Disposable {
  const { file, onUnusable } = options;
  return lockProcess({
    directory: directories.run,
    name: "daemon",
    purpose: `run ${file}`.slice(0, 200).replace(/\p{Cc}/gu, " "),
    timeoutMs: 0,
    onUnusable,
    heldError: (holder) =>
      new LvsctlError(`${holder} manages this table already`, {
        operation: "start the daemon",
        errno: "EWOULDBLOCK",
        hint: "stop that process; for several files, run one file that includes them",
        exitCode: EXIT.refused,
      }),
  });
}

/** The path of the state file of this network namespace's daemon; undefined for a daemon that changes nothing. */
export function statePathOf(
  { state, dryRun }: Pick<DaemonSettings, "state" | "dryRun">,
  directories: Directories | undefined,
): string | undefined {
  if (dryRun) return undefined;
  return state ?? (directories === undefined ? undefined : daemonFiles(directories).state);
}
