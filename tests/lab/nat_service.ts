/**
 * Services of a nat network, made by lvsctl.
 *
 * @module
 */
import type { Director } from "./director.ts";
import type { Network } from "./network.ts";

/** A service to add. */
export interface NatService {
  /** As lvsctl takes it. */
  readonly name: string;
  /**
   * The family of its servers.
   *
   * @default {"ipv4"}
   */
  readonly family?: "ipv4" | "ipv6";
  /** Options of `service add` besides the scheduler. */
  readonly options?: string;
  /** The port of its servers, by default where the network's listen; 0 is the one that the client asked for. */
  readonly serverPort?: number;
}

/**
 * The name of a service.
 *
 * @param protocol of the service
 * @param endpoint of the service
 * @returns as lvsctl takes it
 */
export function serviceName(
  protocol: "tcp" | "udp",
  endpoint: { readonly address: string; readonly port: number },
): string {
  return `${protocol}://${bracketed(endpoint.address)}:${endpoint.port}`;
}

/**
 * Adds a service that goes round its servers, which are all of the network's.
 *
 * @param director where
 * @param network of the director
 * @param service which
 */
export async function addNatService(
  director: Director,
  { network, service }: { readonly network: Network; readonly service: NatService },
): Promise<void> {
  const { name, family = "ipv4", options = "", serverPort = network.serverPort } = service;
  await director.must(`service add ${name} --scheduler rr ${options}`);
  for (const server of network.servers) {
    const port = serverPort > 0 ? `:${serverPort}` : "";
    await director.must(`server add ${name} ${bracketed(server[family])}${port} --forward nat`);
  }
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
