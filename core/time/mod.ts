/**
 * Time and concurrency: the clock, which tests replace, deadlines, and a semaphore.
 *
 * @module
 */

export { type Clock, elapsedMs, sleep, SYSTEM_CLOCK } from "./clock.ts";
export { runWithin, unlessAborted } from "./deadline.ts";
export { Semaphore } from "./semaphore.ts";
