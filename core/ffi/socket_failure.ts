import { errnoName } from "../netlink/mod.ts";

/** A call on a socket failed, in the network or on this machine. */
export class SocketFailure extends Error {
  /** Class name, for debugging. */
  override name: string = "SocketFailure";
  /** Number of the errno. */
  readonly errno: number;
  /** Name of the errno. */
  readonly code: string;
  /** Whether this machine refused, whatever the errno. */
  readonly isLocal: boolean;

  /**
   * Creates the failure.
   *
   * @param operation The failed operation, as a verb phrase.
   * @param options.errno Number of the errno.
   * @param options.isLocal Whether this machine refused.
   */
  constructor(operation: string, options: { readonly errno: number; readonly isLocal?: boolean }) {
    super(`cannot ${operation}`);
    this.errno = options.errno;
    this.code = errnoName(options.errno);
    this.isLocal = options.isLocal ?? false;
  }
}
