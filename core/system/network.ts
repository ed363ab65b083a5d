/**
 * Opens the real network for probes: joins the probers with sockets of libc's and TLS of OpenSSL's.
 *
 * @module
 */

import { NetworkSockets, TlsLibraryHandle } from "../ffi/mod.ts";
import { askAgent, type AskFunction, probe, type ProbeFunction } from "../health/mod.ts";
import type { Network } from "../net/mod.ts";

/** A {@linkcode Network}, and what it holds. */
export type OpenNetwork = Network & Disposable;

/** The real network. No library is opened before it is needed; disposing of it closes them. */
export function openNetwork(): OpenNetwork {
  const sockets = new NetworkSockets();
  const tls = new TlsLibraryHandle();
  return {
    connect: (endpoint, options) => sockets.connect(endpoint, options),
    openDatagram: (endpoint, options) => sockets.openDatagram(endpoint, options),
    openIcmp: (address, options) => sockets.openIcmp(address, options),
    openTls: (settings, peer) => tls.open(settings, peer),
    [Symbol.dispose]: () => {
      tls[Symbol.dispose]();
      sockets[Symbol.dispose]();
    },
  };
}

/** Probes by that network, for a monitor or a round. */
export function probeBy(network: Network): ProbeFunction {
  return (target, check, options) => probe(target, check, { ...options, network });
}

/** Asks agents by that network. */
export function askBy(network: Network): AskFunction {
  return (target, agent, options) => askAgent(target, agent, { ...options, network });
}
