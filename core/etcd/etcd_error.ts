import { type ExitCode, LvsctlError } from "../errors/mod.ts";

/**
 * Why a request failed.
 *
 * - `unreachable`: no endpoint answered in time, or the answer is not of etcd.
 * - `refused`: etcd answered with an error.
 * - `oversized`: the answer is longer than the reader takes.
 * - `login`: etcd does not accept the user or the password, or needs one.
 */
export type EtcdErrorKind = "unreachable" | "refused" | "oversized" | "login";

/** The error of a request to etcd. */
export class EtcdError extends LvsctlError {
  /** Class name, for debugging. */
  override name = "EtcdError";
  /** Why it failed. */
  readonly etcdKind: EtcdErrorKind;
  /** The status of gRPC in the answer; 0 if it has none. */
  readonly status: number;

  /**
   * Composes the message.
   *
   * @param reason Why it failed, in one sentence without its period.
   * @param options The kind, the endpoints and the remedy.
   */
  constructor(
    reason: string,
    options: {
      readonly kind: EtcdErrorKind;
      readonly operation: string;
      readonly object: string;
      readonly status?: number | undefined;
      readonly hint?: string | undefined;
      readonly exitCode?: ExitCode | undefined;
    },
  ) {
    const { kind, status = 0, ...rest } = options;
    super(reason, { ...rest, retriable: kind === "unreachable" });
    this.etcdKind = kind;
    this.status = status;
  }
}

/** The revision that a watch or a reading begins at no longer exists: everything has to be read again. */
export class CompactedError extends Error {
  /** Class name, for debugging. */
  override name = "CompactedError";
}
