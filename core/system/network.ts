/**
 * Opens the real network, for probes and others: libc's sockets and OpenSSL's TLS.
 *
 * @module
 */

import { Epoll, FileCalls, NetworkSockets, TlsLibraryHandle } from "../ffi/mod.ts";
import { isUnbound, type Network, TcpConnection } from "../net/mod.ts";
import { BackgroundWatch } from "../reactor/mod.ts";

/** A {@linkcode Network} with the libraries that it has opened. */
export type OpenNetwork = Network & AsyncDisposable;

/** Opens the real network. Each library is opened at its first use, and disposal closes them. */
export function openNetwork(): OpenNetwork {
  let epoll: Epoll | undefined;
  let watch: BackgroundWatch | undefined;
  const sockets = new NetworkSockets(() => watch = new BackgroundWatch(epoll = new Epoll()));
  const tls = new TlsLibraryHandle();
  const files = new FileCalls();
  return {
    // Deno's own socket costs less than a change of threads for each event.
    connect: (endpoint, options) =>
      isUnbound(options.binding) ? TcpConnection.open(endpoint, options) : sockets.connect(endpoint, options),
    openDatagram: (endpoint, options) => sockets.openDatagram(endpoint, options),
    openIcmp: (address, options) => sockets.openIcmp(address, options),
    openTls: (settings, peer) => tls.open(settings, peer),
    openFile: (path) => files.openForReading(path),
    [Symbol.asyncDispose]: async () => {
      files[Symbol.dispose]();
      tls[Symbol.dispose]();
      // A wait on another thread may still use it.
      await watch?.waiting;
      sockets[Symbol.dispose]();
      epoll?.[Symbol.dispose]();
    },
  };
}
