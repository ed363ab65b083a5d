/**
 * Exit statuses of the process. This is the only table of them: README and help are generated from it.
 *
 * The `ipvsadm` front end is an exception: it has ipvsadm's own statuses.
 */
export const EXIT = {
  /** Done; for `check`: every server is healthy. */
  ok: 0,
  /** The kernel or the network refused; for `check`: some server is unhealthy; for `doctor`: something is wrong. */
  refused: 1,
  /** The command line or the file is wrong; nothing was changed. */
  usage: 2,
  /** Partly done: the message names the rest. */
  partial: 3,
  /** `check` only: a service is below its quorum. */
  belowQuorum: 4,
  /** `plan --exit-code` only: apply would change something. */
  differs: 5,
  /** No daemon runs that the command could ask. */
  noDaemon: 6,
  /** SIGHUP, such as that of a lost terminal, interrupted a command that handles it: 128 and the signal's number. */
  hungUp: 129,
  /** SIGINT interrupted a command that handles it: 128 and the signal's number, as shells report it. */
  interrupted: 130,
  /** SIGTERM interrupted a command that handles it. */
  terminated: 143,
} as const;

/** One of the values of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
