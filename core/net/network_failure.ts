import type { FailureClass } from "../model/mod.ts";

/** A failure of the network as text. */
export interface NetworkFailure {
  /** The reason with the errno's name: "connection refused (ECONNREFUSED)". */
  readonly reason: string;
  /** The kind of failure, if it is known. */
  readonly failure?: FailureClass;
  /** Set if this machine failed, and the peer may be fine. */
  readonly inconclusive?: true;
}

const SERVER_ERRNOS: Readonly<Record<string, readonly [text: string, failure: FailureClass]>> = {
  ECONNREFUSED: ["connection refused", "refused"],
  ECONNRESET: ["connection reset", "reset"],
  ECONNABORTED: ["connection aborted", "reset"],
  EPIPE: ["connection closed by the server", "reset"],
  EHOSTUNREACH: ["no route to the host", "unreachable"],
  EHOSTDOWN: ["host is down", "unreachable"],
  ENETUNREACH: ["network is unreachable", "unreachable"],
  ENETDOWN: ["network is down", "unreachable"],
  ETIMEDOUT: ["connection timed out", "timeout"],
  EINVAL: ["not an address to connect to", "unreachable"],
};

// A director that runs out of a resource must not remove healthy servers for it.
const LOCAL_ERRNOS: Readonly<Record<string, string>> = {
  EMFILE: "lvsctl has no file descriptor left",
  ENFILE: "this machine has no file descriptor left",
  ENOBUFS: "this machine has no buffer space left",
  ENOMEM: "this machine has no memory left",
  EADDRNOTAVAIL: "this machine has no local port left",
  EACCES: "this machine forbids the connection",
  EPERM: "this machine forbids the connection",
};

/** Describes an error of connecting, reading or writing. */
export function describeNetworkFailure(error: unknown): NetworkFailure {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (error instanceof Error && "isLocal" in error && error.isLocal === true) {
    return { reason: code === undefined ? error.message : `${error.message} (${code})`, inconclusive: true };
  }
  if (code !== undefined) {
    const local = LOCAL_ERRNOS[code];
    if (local !== undefined) return { reason: `${local} (${code})`, inconclusive: true };
    const known = SERVER_ERRNOS[code];
    if (known !== undefined) return { reason: `${known[0]} (${code})`, failure: known[1] };
  }
  const text = (error instanceof Error ? error.message : String(error)).replace(/ \(os error \d+\)/, "");
  const reason = code === undefined ? text : `${text} (${code})`;
  // Deno's own permissions are missing, which is not the peer's fault either.
  if (error instanceof Deno.errors.NotCapable) return { reason, inconclusive: true };
  return error instanceof Error && error.name === "TlsFailure" ? { reason, failure: "tls" } : { reason };
}
