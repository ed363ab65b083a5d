/**
 * A client of etcd's HTTP/JSON gateway: keys, transactions, leases, watches. It has no state of its own but the token of
 * its user and the endpoint that answered last.
 *
 * @module
 */

export { EtcdClient, type Login } from "./client.ts";
export type { EndpointStatus } from "./endpoints.ts";
export { CompactedError, EtcdError } from "./etcd_error.ts";
export { openHttp } from "./http.ts";
export { parseStoreUrl, type StoreUrl } from "./store_url.ts";
export type { Operation, Snapshot, WatchMessage } from "./values.ts";
