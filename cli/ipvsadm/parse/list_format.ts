/** The format of a list. */
export interface Format {
  /** Whether addresses and ports are numbers instead of names. */
  numeric: boolean;
  /** Whether large numbers are printed in full. */
  exact: boolean;
  /** Whether the list is in the order of addresses instead of the kernel's order. */
  sorted: boolean;
}

/** The columns of a list. */
export type ListMode = "connections" | "stats" | "rate" | "thresholds" | "persistent-conn" | "tun-info";
