/**
 * Time: the clock that tests replace, deadlines, permits.
 *
 * @module
 */

export { type Clock, sleep, SYSTEM_CLOCK } from "./clock.ts";
export { runWithin, unlessAborted, withDeadline } from "./deadline.ts";
export { Semaphore } from "./semaphore.ts";
