/** ipvsadm's exit statuses: they are not lvsctl's own. */
export const STATUS = {
  /** Done. */
  ok: 0,
  /** The kernel refused to be listed. */
  listing: 1,
  /** The command line is wrong, or there is no IPVS. */
  invalid: 2,
  /** Unknown option, or the kernel refused a change. */
  refused: 255,
} as const;

/** One command line failed. */
export class IpvsadmFailure extends Error {
  /** Class name, for debugging. */
  override name: string = "IpvsadmFailure";
  /** Status that the command ends with. */
  readonly status: number;
  /** Whether it ends a restore too, whose later lines are then not read. */
  readonly final: boolean;

  /**
   * Makes the failure.
   *
   * @param message What is printed on standard error, without its line end.
   * @param options.status Status of the command, by default that of a wrong command line.
   * @param options.final False if a restore goes on with its next line.
   */
  constructor(message: string, options: { readonly status?: number; readonly final?: boolean } = {}) {
    super(message);
    this.status = options.status ?? STATUS.invalid;
    this.final = options.final ?? true;
  }
}

/** Says where the help is, for a command line that begins with no command. */
export function usageFailure(program: string): IpvsadmFailure {
  return new IpvsadmFailure(`Try \`${program} -h' or '${program} --help' for more information.`, {
    status: STATUS.refused,
  });
}
