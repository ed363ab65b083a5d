/** Why the network refused, for people. */
export interface NetworkFailure {
  /** The reason with the errno's name: "connection refused (ECONNREFUSED)". */
  readonly reason: string;
  /** Set where the failure is this machine's and says nothing of the server. */
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
  EINVAL: "no address that can be connected to",
};

// Taking a server out because the director itself has run out of something would turn a small trouble into a large one.
const LOCAL_ERRNOS: Readonly<Record<string, string>> = {
  EMFILE: "lvsctl has no file descriptor left",
  ENFILE: "this machine has no file descriptor left",
  ENOBUFS: "this machine has no buffer space left",
  ENOMEM: "this machine has no memory left",
  EADDRNOTAVAIL: "this machine has no local port left",
  EACCES: "this machine forbids the connection",
  EPERM: "this machine forbids the connection",
};

/** Tells an error of connecting, reading or writing in words. */
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
  // Deno's own permissions were not given to lvsctl: not the server's fault either.
  return error instanceof Deno.errors.NotCapable ? { reason, inconclusive: true } : { reason };
}
