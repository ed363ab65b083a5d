import { LvsctlError } from "../errors/mod.ts";

/** The kernel's answer cannot be read: it is cut off, or of another form than this version knows. */
export class NetlinkDecodeError extends LvsctlError {
  /** Class name, for debugging. */
  override name: string = "NetlinkDecodeError";

  /**
   * Makes the error of one unreadable answer.
   *
   * @param reason What is wrong with the bytes.
   */
  constructor(reason: string) {
    super(reason, { operation: "read the kernel's answer", hint: "please report this with the kernel's version" });
  }
}
