import { LvsctlError } from "../errors/mod.ts";

/** The kernel's answer cannot be read: it is cut off, or has a form that this version does not know. */
export class NetlinkDecodeError extends LvsctlError {
  /** Class name, for debugging. */
  override name: string = "NetlinkDecodeError";

  /**
   * Creates the error of one unreadable answer.
   *
   * @param reason The fault of the bytes.
   */
  constructor(reason: string) {
    super(reason, { operation: "read the kernel's answer", hint: "please report this with the kernel's version" });
  }
}
