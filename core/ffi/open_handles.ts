/**
 * Numbers of open native objects: a test aid, because the resource sanitizer of `deno test` does not see them. Each
 * class counts its own objects.
 */
export const OPEN_HANDLES = {
  /** libnl's sockets. */
  netlinkSockets: 0,
  /** Sockets of probes. */
  networkSockets: 0,
  /** Sockets for options of the kernel. */
  optionSockets: 0,
  /** OpenSSL's sessions. */
  tlsSessions: 0,
};
