import type { Connection } from "../connections/mod.ts";
import type { CountedServer, IpAddress, ServiceId } from "../model/mod.ts";
import { isTemplateOf, type TemplateKey } from "./template.ts";

/** The entries of the connection table that decide about a connection before the scheduler does. */
export interface TableEntries {
  /** The connection between the same addresses and ports. */
  readonly connection?: Connection;
  /** The persistence template of the client. */
  readonly template?: Connection;
}

/** What {@linkcode findEntries} looks for. */
export interface EntryQuery {
  /** The address of the client. */
  readonly client: IpAddress;
  /** The port of the client; without it, no connection is the same. */
  readonly clientPort?: number | undefined;
  /** What the client connects to; a firewall mark names no connection. */
  readonly wanted: ServiceId;
  /** The template; undefined if the service has none. */
  readonly template: TemplateKey | undefined;
}

/** Finds the entries in the connection table, which is read once as a stream. */
export function findEntries(entries: Iterable<Connection>, query: EntryQuery): TableEntries {
  const { template } = query;
  if (template === undefined && !canFindConnection(query)) return {};
  let found: TableEntries = {};
  for (const entry of entries) {
    if (template !== undefined && isTemplateOf(template, entry)) found = { ...found, template: entry };
    else if (isConnectionOf(query, entry)) found = { ...found, connection: entry };
  }
  return found;
}

/** Whether the ports of both ends are known, without which a connection cannot be found. */
export function canFindConnection({ clientPort, wanted }: Pick<EntryQuery, "clientPort" | "wanted">): boolean {
  return clientPort !== undefined && wanted.kind === "endpoint" && wanted.port !== 0;
}

function isConnectionOf({ client, clientPort, wanted }: EntryQuery, { isTemplate, ...entry }: Connection): boolean {
  return wanted.kind === "endpoint" && !isTemplate && entry.protocol === wanted.protocol &&
    entry.client.address === client && entry.client.port === clientPort &&
    entry.virtual.address === wanted.address && entry.virtual.port === wanted.port;
}

/**
 * The server of an entry; undefined if the service no longer has it. The kernel sends packets to another port than the
 * server's own if the server is on port 0, or the persistent service on every port.
 */
export function serverOf({ server }: Connection, servers: readonly CountedServer[]): CountedServer | undefined {
  const ofAddress = servers.filter(({ address }) => address === server.address);
  return ofAddress.find(({ port }) => port === server.port) ?? ofAddress[0];
}
