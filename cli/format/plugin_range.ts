import { LvsctlError } from "../../core/errors/mod.ts";
import { visible } from "../../core/model/mod.ts";

/** A range of numbers as monitoring plugins have it: it alerts outside, or inside if `isInverse`. */
export interface PluginRange {
  /** As it is written. */
  readonly text: string;
  /** The smallest number in it. */
  readonly least: number;
  /** The largest number in it. */
  readonly most: number;
  /** Whether it alerts for the numbers in it. */
  readonly isInverse: boolean;
}

/**
 * Reads a range: `10` is 0 to 10, `10:` from 10, `~:10` up to 10, `10:20`, and `@10:20` alerts inside.
 *
 * @throws {LvsctlError} If it is not a range.
 */
export function parsePluginRange(text: string): PluginRange {
  const [, inverse, first, second] = /^(@)?(?:(~|\d{1,9}):)?(\d{1,9})?$/.exec(text) ?? [];
  const least = first === undefined ? 0 : first === "~" ? -Infinity : Number(first);
  const most = second === undefined ? Infinity : Number(second);
  if ((first === undefined && second === undefined) || least > most) {
    throw new LvsctlError(`"${visible(text)}" is not a range; write it as 10, 10:, ~:10, 10:20 or @10:20`);
  }
  return { text, least, most, isInverse: inverse !== undefined };
}

/** Whether a number is a reason for an alert. */
export function isOutside({ least, most, isInverse }: PluginRange, value: number): boolean {
  return (value >= least && value <= most) === isInverse;
}
