/**
 * Sources of real servers: DNS, Prometheus' lists, Consul and Kubernetes. A source gives complete lists only; what a list
 * may take away is limited.
 *
 * @module
 */

export type { SourceStatus } from "./follower.ts";
export { type FollowersOptions, SourceFollowers } from "./followers.ts";
export { openReader, readOnce } from "./open_reader.ts";
export type { SourceTools } from "./reader.ts";
