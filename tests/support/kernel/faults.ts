/** What goes wrong, by order of a test. */
export class Faults {
  /** Whether requests are allowed; otherwise every one is answered by EPERM. */
  isPermitted = true;
  /** So many dumps from now on are marked as disturbed by a change (NLM_F_DUMP_INTR). */
  disturbedDumps = 0;
  /** Called after every change that was made. */
  afterChange: () => void = () => {};
  readonly #planned: { readonly what: string; at: number; readonly errno: number }[] = [];

  /** Lets the change of that number fail, counted from now and from 0: it is not made, and answered by the errno. */
  failChange(number: number, errno: number): void {
    this.#planned.push({ what: "change", at: number, errno });
  }

  /** Lets the call of `receive` of that number fail, counted from now and from 0; nothing is taken from the queue. */
  failReceive(number: number, errno: number): void {
    this.#planned.push({ what: "receive", at: number, errno });
  }

  /** Lets the call of `send` of that number fail, counted from now and from 0: none of its messages is run. */
  failSend(number: number, errno: number): void {
    this.#planned.push({ what: "send", at: number, errno });
  }

  /** Takes back what has not happened yet. */
  clear(): void {
    this.#planned.length = 0;
    this.disturbedDumps = 0;
    this.isPermitted = true;
    this.afterChange = () => {};
  }

  /** The errno that this call or change fails with; 0 if it does not. */
  next(what: "change" | "receive" | "send"): number {
    let errno = 0;
    for (const fault of this.#planned) {
      if (fault.what === what && fault.at-- === 0) errno = fault.errno;
    }
    return errno;
  }
}
