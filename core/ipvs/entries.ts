/**
 * How the entries of the kernel's answers are read.
 *
 * @module
 */

import { formatServiceId, type ListedService } from "../model/mod.ts";
import { type AttributeReader, type AttributeSpec, type AttributeValues, decodeAttributes } from "../netlink/mod.ts";
import { readService } from "./codec.ts";
import { readStatistics } from "./statistics.ts";
import { COMMAND, SERVICE } from "./tables.ts";

/**
 * The lengths of what identifies an entry of a dump: the headers of the message and of the entry, then, of a service,
 * family, protocol, address and port, and of a server, address and port. A service with a firewall mark has settings in
 * the same place, but no counters.
 */
export const KEY_BYTES = { service: 4 + 4 + 8 + 8 + 20 + 8, server: 4 + 4 + 20 + 8 } as const;

/** Reads a service with its traffic. */
export function readListedService(values: AttributeValues<typeof SERVICE>): Omit<ListedService, "servers"> {
  return { service: readService(values), statistics: readStatistics(values) };
}

/** How a dump of the services with their traffic is read. */
export const LISTED_SERVICES = {
  decode: (attributes: AttributeReader) =>
    readListedService(decodeAttributes(inside(attributes, COMMAND.service), SERVICE)),
  key: ({ service }: Omit<ListedService, "servers">) => formatServiceId(service.id),
  keyBytes: KEY_BYTES.service,
} as const;

/** Moves the reader into one attribute of the top level; to the end if it is absent. */
export function inside(reader: AttributeReader, { type }: AttributeSpec): AttributeReader {
  while (reader.next()) if (reader.type === type) return reader.enter();
  return reader;
}
