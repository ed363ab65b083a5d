/** Minutes by which local time is ahead of UTC at a moment; negative if it is behind. */
export type UtcOffset = (moment: Date) => number;

/** The offset of this machine's time zone. */
export function systemOffset(moment: Date): number {
  return -moment.getTimezoneOffset();
}

/**
 * A moment in local time with its distance from UTC, as `2026-01-31T09:30:00+01:00`; `Z` is the distance 0.
 *
 * @param moment The moment.
 * @param options.offset The time zone.
 * @param options.precision Whether seconds are shown.
 */
export function formatLocalTime(
  moment: Date,
  { offset, precision = "seconds" }: { readonly offset: UtcOffset; readonly precision?: "seconds" | "minutes" },
): string {
  // Some zones of the past have an offset with seconds.
  const minutes = Math.round(offset(moment));
  const shifted = new Date(moment.getTime() + minutes * 60_000).toISOString();
  return shifted.slice(0, precision === "seconds" ? 19 : 16) + zoneText(minutes);
}

function zoneText(minutes: number): string {
  if (minutes === 0) return "Z";
  const distance = Math.abs(minutes);
  const parts = [Math.floor(distance / 60), distance % 60].map((part) => String(part).padStart(2, "0"));
  return `${minutes < 0 ? "-" : "+"}${parts.join(":")}`;
}
