/** Longest time that an `int` of C can give; milliseconds. */
const MAX_MS = 0x7fffffff;

/**
 * A time as poll(2) and epoll_wait(2) take it: whole milliseconds, rounded up, so that no wait ends just before its time;
 * -1 for no limit.
 *
 * @param ms Milliseconds; negative or `Infinity` for no limit.
 */
export function waitTime(ms: number): number {
  if (ms < 0 || ms === Infinity) return -1;
  return Math.min(MAX_MS, Math.ceil(ms));
}
