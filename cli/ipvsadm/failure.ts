/** ipvsadm's exit statuses, which differ from lvsctl's. */
export const STATUS = {
  /** Success. */
  ok: 0,
  /** The kernel refused to list something. */
  listing: 1,
  /** The command line is invalid, or the kernel has no IPVS. */
  invalid: 2,
  /** Unknown option, or the kernel refused a change. */
  refused: 255,
} as const;

/** The failure of one command line. */
export class IpvsadmFailure extends Error {
  /** Class name, for debugging. */
  override name: string = "IpvsadmFailure";
  /** Exit status. */
  readonly status: number;
  /** Whether it ends a restore too. */
  readonly final: boolean;
  /** Value of the option that it is about; ipvsadm's own message does not always have it. */
  readonly value: string | undefined;

  /**
   * Makes the failure.
   *
   * @param message The text on standard error, without its line end.
   * @param options.status Exit status; by default the status of an invalid command line.
   * @param options.final False if a restore continues with its next line.
   * @param options.value Value of the option that it is about.
   */
  constructor(
    message: string,
    options: { readonly status?: number; readonly final?: boolean; readonly value?: string | undefined } = {},
  ) {
    super(message);
    this.status = options.status ?? STATUS.invalid;
    this.final = options.final ?? true;
    this.value = options.value;
  }
}

/** The command line begins with no command; the message names the help. */
export class UsageFailure extends IpvsadmFailure {
  /** Class name, for debugging. */
  override name: string = "UsageFailure";

  /**
   * Makes the failure.
   *
   * @param program Name of the program, as the user started it.
   */
  constructor(program: string) {
    super(`Try \`${program} -h' or '${program} --help' for more information.`, { status: STATUS.refused });
  }
}
