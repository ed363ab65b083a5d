/** The units of numbers below each limit. */
const SCALES: readonly { readonly below: bigint; readonly divisor: bigint; readonly unit: string }[] = [
  { below: 1_000_000_000n, divisor: 1000n, unit: "K" },
  { below: 100_000_000_000n, divisor: 1_000_000n, unit: "M" },
  { below: 100_000_000_000_000n, divisor: 1_000_000_000n, unit: "G" },
];

/**
 * Formats a counter for a column of 9 characters: in full below 100 million, else truncated to K, M, G or T. Truncated
 * numbers of eight digits fill the column, without a blank after the previous column.
 *
 * @param exact Whether it is printed in full at any length, with a blank before it.
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
