/** How much a command prints: `--quiet` leaves information out, `--verbose` adds some. */
export type Verbosity = "quiet" | "verbose";

/** The streams of a command, and how much it prints. */
export interface InformedStreams {
  /** How much is printed. */
  readonly verbosity?: Verbosity | undefined;
  /** Writes text to standard output. */
  out(text: string): void;
  /** Writes text to standard error. */
  err(text: string): void;
}

/**
 * Prints information that `--quiet` leaves out: what a command has done, but not what its user wants to see, and neither
 * warnings nor errors.
 *
 * @param options.stream The stream; by default standard output.
 */
export function inform(io: InformedStreams, text: string, options: { readonly stream?: "out" | "err" } = {}): void {
  if (io.verbosity !== "quiet") io[options.stream ?? "out"](text);
}
