/**
 * Opens the real network for probes: connects the probers with libc's sockets and OpenSSL's TLS.
 *
 * @module
 */

import { FileCalls, NetworkSockets, TlsLibraryHandle } from "../ffi/mod.ts";
import { askAgent, type AskFunction, probe, type ProbeFunction } from "../health/mod.ts";
import type { Network } from "../net/mod.ts";

/** A {@linkcode Network} with the libraries that it has opened. */
export type OpenNetwork = Network & Disposable;

/** Opens the real network. Each library is opened at its first use, and disposal closes them. */
export function openNetwork(): OpenNetwork {
  const sockets = new NetworkSockets();
  const tls = new TlsLibraryHandle();
  const files = new FileCalls();
  return {
    connect: (endpoint, options) => sockets.connect(endpoint, options),
    openDatagram: (endpoint, options) => sockets.openDatagram(endpoint, options),
    openIcmp: (address, options) => sockets.openIcmp(address, options),
    openTls: (settings, peer) => tls.open(settings, peer),
    openFile: (path) => files.openForReading(path),
    [Symbol.dispose]: () => {
      files[Symbol.dispose]();
      tls[Symbol.dispose]();
      sockets[Symbol.dispose]();
    },
  };
}

/** Creates a function that probes over a network. */
export function probeBy(network: Network): ProbeFunction {
  return (target, check, options) => probe(target, check, { ...options, network });
}

/** Creates a function that queries agents over a network. */
export function askBy(network: Network): AskFunction {
  return (target, agent, options) => askAgent(target, agent, { ...options, network });
}
