/** The keys of the verdicts in a store. */
export interface VerdictKeys {
  /** The beginning of the keys of the lists of servers, one for each director. */
  readonly lists: string;
  /** The beginning of the keys of the states, one for each director. */
  readonly states: string;
}

/** The keys below a prefix that ends with a `/`. */
export function verdictKeys(prefix: string): VerdictKeys {
  return { lists: `${prefix}health/servers/`, states: `${prefix}health/states/` };
}
