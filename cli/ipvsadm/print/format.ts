/** How a table is printed. */
export interface Format {
  /** Addresses and ports as numbers, not as names. */
  numeric: boolean;
  /** Large numbers in full. */
  exact: boolean;
  /** In the order of the addresses, not of the kernel. */
  sorted: boolean;
}

/** Columns of a list. */
export type ListMode = "connections" | "stats" | "rate" | "thresholds" | "persistent-conn" | "tun-info";
