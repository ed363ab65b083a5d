import { EXIT, LvsctlError } from "../errors/mod.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a duration: "500ms", "2s", "5m", "1h", "31d", or several together as in "1m30s".
 *
 * @returns Milliseconds, a whole number.
 * @throws {LvsctlError} If the text has another form; a number without a unit is refused too.
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d{1,9})(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new LvsctlError(`"${text}" is not a duration`, {
      hint: /^\d+$/.test(text) ? `add a unit, as in ${text}s` : "write 500ms, 2s, 5m, 1h or 1m30s",
      exitCode: EXIT.usage,
    });
  }
  return parts.reduce((sum, [, digits, unit]) => sum + Number(digits) * (UNIT_MS[unit ?? ""] ?? 0), 0);
}

/** Writes a duration, to the millisecond, in the largest unit that holds it exactly: 300000 is "5m", 90000 is "90s". */
export function formatDuration(durationMs: number): string {
  // Differences of clock readings have fractions.
  const milliseconds = Math.round(durationMs);
  const unit = ["d", "h", "m", "s"].find((name) => milliseconds > 0 && milliseconds % (UNIT_MS[name] ?? 1) === 0);
  if (unit === undefined) return milliseconds === 0 ? "0s" : `${milliseconds}ms`;
  return `${milliseconds / (UNIT_MS[unit] ?? 1)}${unit}`;
}
