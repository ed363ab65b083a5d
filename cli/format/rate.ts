const UNITS = ["", "K", "M", "G", "T"] as const;

/**
 * An amount per second, in a few characters: "0", "0.5", "42", "1.2K", "850K", "13M". K is 1000, as in ipvsadm.
 *
 * @param value 0 or more.
 */
export function formatRate(value: number): string {
  // "0" is only for no traffic at all.
  if (value > 0 && value < 0.05) return "<0.1";
  let scaled = value;
  let unit = 0;
  while (unit < UNITS.length - 1 && Number(rounded(scaled)) >= 1000) {
    scaled /= 1000;
    unit++;
  }
  return `${rounded(scaled)}${UNITS[unit] ?? ""}`;
}

/** Rounds to one decimal below 10, and to an integer above. */
function rounded(value: number): string {
  const tenths = Math.round(value * 10) / 10;
  return tenths < 10 ? String(tenths) : String(Math.round(value));
}
