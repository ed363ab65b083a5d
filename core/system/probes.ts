/**
 * Probes and agents over a network.
 *
 * @module
 */

import { askAgent, type AskFunction, probe, type ProbeFunction } from "../health/mod.ts";
import type { Network } from "../net/mod.ts";

/** Creates a function that probes over a network. */
export function probeBy(network: Network): ProbeFunction {
  return (target, check, options) => probe(target, check, { ...options, network });
}

/** Creates a function that queries agents over a network. */
export function askBy(network: Network): AskFunction {
  return (target, agent, options) => askAgent(target, agent, { ...options, network });
}
