import { type Connection, connectionService } from "../connections/mod.ts";
import {
  addressBytes,
  addressFamily,
  addressFromBytes,
  formatServiceId,
  type IpAddress,
  type Persistence,
  type ServiceId,
  type VirtualService,
} from "../model/mod.ts";
import { FTP_PORTS } from "./service_match.ts";

/** What identifies the persistence template of a client: its address under the netmask, and a service as named. */
export interface TemplateKey {
  /** The address of the client under the netmask. */
  readonly client: IpAddress;
  /** The name of the service in the template; on port 0 for a template of every port. */
  readonly name: string;
}

/**
 * The template that the kernel looks for; undefined if the service is not persistent, or if its persistence engine
 * looks at the content of packets.
 *
 * @param service The service.
 * @param request.client The address of the client.
 * @param request.wanted What the client connects to.
 */
export function templateKey(
  { id, persistence }: VirtualService,
  { client, wanted }: { readonly client: IpAddress; readonly wanted: ServiceId },
): TemplateKey | undefined {
  if (persistence === undefined || persistence.engine !== undefined) return undefined;
  return { client: clientNetwork(client, persistence), name: formatServiceId(templateService(id, wanted)) };
}

/** A template of a service with one port is for that port; those of FTP and of other services are for every port. */
function templateService(id: ServiceId, wanted: ServiceId): ServiceId {
  if (id.kind === "fwmark") return id;
  const isOwnPort = wanted.kind === "endpoint" && wanted.port === id.port && id.port !== FTP_PORTS.control;
  return { ...id, port: isOwnPort ? id.port : 0 };
}

/** The address of a client under the netmask of a service's persistence. */
export function clientNetwork(client: IpAddress, { netmask }: Pick<Persistence, "netmask">): IpAddress {
  const bytes = addressBytes(client);
  const maskOf = addressFamily(client) === "ipv4"
    ? (index: number): number => netmask >>> (24 - index * 8)
    : (index: number): number => 0xff00 >> Math.min(Math.max(netmask - index * 8, 0), 8);
  return addressFromBytes(bytes.map((byte, index) => byte & maskOf(index)));
}

/** Whether an entry of the connection table is the template. */
export function isTemplateOf({ client, name }: TemplateKey, entry: Connection): boolean {
  return entry.isTemplate && entry.client.address === client && connectionService(entry) === name;
}
