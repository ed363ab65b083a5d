/**
 * The kernel's connection table, as `/proc/net/ip_vs_conn` lists it: reading it as a stream, choosing, counting.
 *
 * @module
 */

export { ClosedTally, countClosed } from "./closed.ts";
export { type Connection, connectionService, formatConnectionEnd } from "./connection.ts";
export {
  type AddressPrefix,
  CONNECTION_PROTOCOLS,
  CONNECTION_STATES,
  connectionFilter,
  parseAddressPrefix,
  type ServerPattern,
} from "./filter.ts";
export { type ConnectionList, openConnectionList } from "./list_file.ts";
export { readConnections } from "./parse.ts";
export { CONNECTION_GROUPS, type ConnectionGroup, type GroupCount, Tally } from "./tally.ts";
