import type { IpAddress } from "../model/mod.ts";
import type { ServerFacts, ServiceFacts } from "./facts.ts";

/** The real servers that match a condition, each address and forwarding method once. */
export function serversBy(
  services: readonly ServiceFacts[],
  isWanted: (server: ServerFacts) => boolean,
): readonly ServerFacts[] {
  const servers = services.flatMap(({ servers }) => servers).filter(isWanted);
  return [...new Map(servers.map((server) => [`${server.forward} ${server.address}`, server])).values()];
}

/** The addresses of services, each once; firewall marks have none. */
export function serviceAddresses(services: readonly ServiceFacts[]): readonly IpAddress[] {
  return [...new Set(services.flatMap(({ id }) => id.kind === "endpoint" ? [id.address] : []))];
}
