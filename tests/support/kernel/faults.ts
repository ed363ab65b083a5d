/** Faults that a test injects. */
export class Faults {
  /** Whether requests are allowed; if not, each is answered with EPERM. */
  isPermitted = true;
  /** Number of next dumps that are marked as disturbed by a change (NLM_F_DUMP_INTR). */
  disturbedDumps = 0;
  /** Called after every successful change. */
  afterChange: () => void = () => {};
  readonly #planned: { readonly what: string; at: number; readonly errno: number }[] = [];

  /** Makes the change with a number fail, counted from now and from 0: the answer is the errno, and it does not run. */
  failChange(number: number, errno: number): void {
    this.#planned.push({ what: "change", at: number, errno });
  }

  /** Makes the call of `receive` with a number fail, counted from now and from 0; the queue stays unchanged. */
  failReceive(number: number, errno: number): void {
    this.#planned.push({ what: "receive", at: number, errno });
  }

  /** Makes the call of `send` with a number fail, counted from now and from 0: none of its messages runs. */
  failSend(number: number, errno: number): void {
    this.#planned.push({ what: "send", at: number, errno });
  }

  /** Cancels all faults that have not happened yet. */
  clear(): void {
    this.#planned.length = 0;
    this.disturbedDumps = 0;
    this.isPermitted = true;
    this.afterChange = () => {};
  }

  /** The errno of this call or change; 0 if it succeeds. */
  next(what: "change" | "receive" | "send"): number {
    let errno = 0;
    for (const fault of this.#planned) {
      if (fault.what === what && fault.at-- === 0) errno = fault.errno;
    }
    return errno;
  }
}
