/** The keys of a configuration in the store. */
export interface ClusterKeys {
  /** The beginning of the keys that every director watches. */
  readonly watched: string;
  /** The roll-out. */
  readonly rollout: string;
  /** The beginning of the keys of the members. */
  readonly members: string;
  /** The beginning of the keys of the versions. */
  readonly versions: string;
}

/** The digits of a version in its key, so that the order of keys is the order of versions. */
const DIGITS = 10;

/** The keys below a prefix that ends with a `/`. */
export function clusterKeys(prefix: string): ClusterKeys {
  return {
    watched: `${prefix}config/`,
    rollout: `${prefix}config/rollout`,
    members: `${prefix}members/`,
    versions: `${prefix}versions/`,
  };
}

/** The key of a version. */
export function versionKey(keys: ClusterKeys, number: number): string {
  return keys.versions + String(number).padStart(DIGITS, "0");
}
