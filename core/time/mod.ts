/**
 * Time and concurrency: the clock, which tests replace, deadlines, a queue by due time, a semaphore, and many lookups at
 * once.
 *
 * @module
 */

export { type Clock, elapsedMs, sleep, SYSTEM_CLOCK } from "./clock.ts";
export { DeadlineTimer, runWithin, unlessAborted } from "./deadline.ts";
export { type Due, DueHeap } from "./due_heap.ts";
export { lookUpAll } from "./look_up_all.ts";
export { Semaphore } from "./semaphore.ts";
