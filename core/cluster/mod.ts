/**
 * One configuration for many directors: its versions in a store, and the roll-out by which one director after another
 * takes them.
 *
 * @module
 */

export { ClusterDirector } from "./director.ts";
export type { DirectorHooks, StoreStatus } from "./director_options.ts";
export { type Member } from "./member.ts";
export { firstVersion } from "./first_version.ts";
export { type Rollout } from "./rollout.ts";
export { ClusterStore, type NewVersion, type StoredRollout } from "./store.ts";
export { formatCopy, parseCopy } from "./stored_copy.ts";
export { digestOf, type Version } from "./version.ts";
