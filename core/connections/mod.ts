/**
 * The kernel's connection table from `/proc/net/ip_vs_conn`: read as a stream, filtered and counted. Counts come from
 * the counters of the real servers where these answer the question.
 *
 * @module
 */

export { ClosedTally, countClosed } from "./closed.ts";
export { type Connection, connectionService, formatConnectionEnd } from "./connection.ts";
export {
  type AddressPrefix,
  CONNECTION_PROTOCOLS,
  CONNECTION_STATES,
  type ConnectionFilter,
  connectionFilter,
  parseAddressPrefix,
  type ServerPattern,
} from "./filter.ts";
export { type ConnectionList, openConnectionList } from "./list_file.ts";
export { readConnections } from "./parse.ts";
export { areCountedByServers, serverCounts } from "./server_counts.ts";
export { CONNECTION_GROUPS, type ConnectionGroup, type GroupCount, Tally } from "./tally.ts";
