/** From each limit on, numbers are written in units of `divisor`. */
const SCALES: readonly { readonly below: bigint; readonly divisor: bigint; readonly unit: string }[] = [
  { below: 1_000_000_000n, divisor: 1000n, unit: "K" },
  { below: 100_000_000_000n, divisor: 1_000_000n, unit: "M" },
  { below: 100_000_000_000_000n, divisor: 1_000_000_000n, unit: "G" },
];

/**
 * Writes a counter for a column of 9 characters: in full below 100 million, else cut off to K, M, G or T. Eight digits
 * fill the column, so that no blank parts them from the column before.
 *
 * @param exact Writes it in full, with a blank before it, however long it is.
 */
export function formatLargeNumber(value: bigint, exact: boolean): string {
  if (exact) {
    const digits = String(value);
    return digits.length > 8 ? ` ${digits}` : digits.padStart(9);
  }
  if (value < 100_000_000n) return String(value).padStart(9);
  const { divisor, unit } = SCALES.find(({ below }) => value < below) ?? { divisor: 1_000_000_000_000n, unit: "T" };
  return `${String(value / divisor).padStart(8)}${unit}`;
}
