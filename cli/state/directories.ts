/** The directories of the files that outlive a command. */
export interface Directories {
  /** Files that are gone when the machine starts again: locks, sockets, what real servers were set up for. */
  readonly run: string;
  /** Files that stay: the journal of changes, the overrides. */
  readonly state: string;
}

/** The directories of the real program: `LVSCTL_RUN_DIR` and `LVSCTL_STATE_DIR` move them. */
export function systemDirectories(): Directories {
  return {
    run: Deno.env.get("LVSCTL_RUN_DIR") || "/run/lvsctl",
    state: Deno.env.get("LVSCTL_STATE_DIR") || "/var/lib/lvsctl",
  };
}
