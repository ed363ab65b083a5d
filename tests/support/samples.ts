/**
 * Values of the model for tests, with defaults for what a test does not care about.
 *
 * @module
 */

import {
  DEFAULT_TUNNEL,
  parseEndpoint,
  parseServiceId,
  type RealServer,
  type ServiceEntry,
  type ServiceId,
  type VirtualService,
} from "../../core/model/mod.ts";

/** The identity of a service by its name. */
export function serviceId(name: string): ServiceId {
  return parseServiceId(name);
}

/** A virtual service: round robin, neither persistent nor anything else. */
export function virtualService(name: string, properties: Partial<Omit<VirtualService, "id">> = {}): VirtualService {
  return { id: parseServiceId(name), scheduler: "rr", schedulerFlags: 0, onePacket: false, ...properties };
}

/** A real server: NAT, weight 1, no thresholds. */
export function realServer(
  endpoint: string,
  properties: Partial<Omit<RealServer, "address" | "port">> = {},
): RealServer {
  return {
    ...parseEndpoint(endpoint),
    forward: "nat",
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DEFAULT_TUNNEL,
    ...properties,
  };
}

/** A service with servers, all of them with the defaults. */
export function serviceEntry(name: string, ...endpoints: readonly string[]): ServiceEntry {
  return { service: virtualService(name), servers: endpoints.map((endpoint) => realServer(endpoint)) };
}
