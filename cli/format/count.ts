/**
 * A number with a noun: "1 change", "2 changes".
 *
 * @param noun The noun for one; an "s" makes it the one for many.
 */
export function count(number: number, noun: string): string {
  return `${groupDigits(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A whole number with a comma before each three digits: "8,123". Without Intl, whose start takes 10 ms. */
export function groupDigits(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The time that a wait still takes at most: "8 s left". */
export function secondsLeft(milliseconds: number): string {
  return `${Math.max(0, Math.ceil(milliseconds / 1000))} s left`;
}
