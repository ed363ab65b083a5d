/**
 * The boundary to C for probes: sockets of libc's and TLS of OpenSSL's. A module of its own, so that commands which
 * probe nothing do not load it.
 *
 * @module
 */

export {
  type Endpoint,
  liveNetworkSocketCount,
  NetworkSocket,
  NetworkSockets,
  type SocketBinding,
  SocketFailure,
} from "./network_socket.ts";
export { liveTlsSessionCount, TlsFailure, TlsLibraryHandle, type TlsPeer, TlsSession } from "./tls_session.ts";
