import { readVariable } from "../../core/host/mod.ts";

/** The directories of the files that outlive a command. */
export interface Directories {
  /** Files that do not survive a reboot: locks, sockets, results of checks, original settings of real servers. */
  readonly run: string;
  /** Files that survive a reboot: the journal of changes, the overrides. */
  readonly state: string;
}

/**
 * The directories of the real program: `LVSCTL_RUN_DIR` and `LVSCTL_STATE_DIR` move them.
 *
 * @param variable Reads an environment variable.
 * @throws {LvsctlError} If one of them is not UTF-8.
 */
export function systemDirectories(variable: (name: string) => string | undefined = readVariable): Directories {
  return {
    run: variable("LVSCTL_RUN_DIR") || "/run/lvsctl",
    state: variable("LVSCTL_STATE_DIR") || "/var/lib/lvsctl",
  };
}
