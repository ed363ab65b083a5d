/**
 * What the process tells its caller. The only table of exit statuses: README and help print it from here.
 *
 * The `ipvsadm` front end is apart: it keeps ipvsadm's own statuses.
 */
export const EXIT = {
  /** Done; for `check`: every server is healthy. */
  ok: 0,
  /** The kernel or the network refused; for `check`: some server is unhealthy; for `doctor`: something is wrong. */
  refused: 1,
  /** The command line or the file is wrong; nothing was touched. */
  usage: 2,
  /** Partly done: the message says what is and what is not. */
  partial: 3,
  /** `check` only: a service is below its quorum. */
  belowQuorum: 4,
  /** `plan --exit-code` only: there is something to change. */
  differs: 5,
} as const;

/** One of the values of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
