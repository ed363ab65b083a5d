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
 * @param environment The environment variables.
 */
export function systemDirectories(environment: Pick<Deno.Env, "get"> = Deno.env): Directories {
  return {
    run: environment.get("LVSCTL_RUN_DIR") || "/run/lvsctl",
    state: environment.get("LVSCTL_STATE_DIR") || "/var/lib/lvsctl",
  };
}
