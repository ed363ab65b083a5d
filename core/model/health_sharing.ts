/** How the directors of a cluster use each other's verdicts on real servers. */
export interface HealthSharing {
  /** The number of other directors that must see a server healthy, so that it stays although it is unhealthy here. */
  readonly quorum: number;
  /** For how many intervals of its check the verdict of another director counts. */
  readonly maxAgeIntervals: number;
  /** The longest time for which a server stays; milliseconds. */
  readonly limitMs: number;
}
