import { attribute, little } from "./wire.ts";

/** The ten numbers of the kernel's statistics, in the order of their attributes: five counters, five rates. */
export type StatisticsNumbers = readonly bigint[];

/** No traffic. */
export const NO_TRAFFIC: StatisticsNumbers = Array<bigint>(10).fill(0n);

/** IPVS_*_ATTR_STATS: 32 bits except for the two byte counters. */
export function statistics32(numbers: StatisticsNumbers): number[] {
  return numbers.flatMap((value, index) => attribute(index + 1, little(value, index === 3 || index === 4 ? 8 : 4)));
}

/** IPVS_*_ATTR_STATS64, with the padding attributes of some machines. */
export function statistics64(numbers: StatisticsNumbers): number[] {
  return numbers.flatMap((value, index) => [...attribute(11, []), ...attribute(index + 1, little(value, 8))]);
}
