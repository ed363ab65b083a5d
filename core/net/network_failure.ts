/** A failure of the network as text. */
export interface NetworkFailure {
  /** The reason with the errno's name: "connection refused (ECONNREFUSED)". */
  readonly reason: string;
  /** Set if this machine failed, and the peer may be fine. */
  readonly inconclusive?: true;
}

const SERVER_ERRNOS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ECONNABORTED: "connection aborted",
  EPIPE: "connection closed by the server",
  EHOSTUNREACH: "no route to the host",
  EHOSTDOWN: "host is down",
  ENETUNREACH: "network is unreachable",
  ENETDOWN: "network is down",
  ETIMEDOUT: "connection timed out",
  EINVAL: "not an address to connect to",
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
    if (known !== undefined) return { reason: `${known} (${code})` };
  }
  const text = (error instanceof Error ? error.message : String(error)).replace(/ \(os error \d+\)/, "");
  const reason = code === undefined ? text : `${text} (${code})`;
  // Deno's own permissions are missing, which is not the peer's fault either.
  return error instanceof Deno.errors.NotCapable ? { reason, inconclusive: true } : { reason };
}
