/**
 * A loop that waits for sockets and timers: in an isolate of its own, where it blocks in the kernel, or beside other
 * work. The kernel's wait is behind a seam, so that everything here runs without one.
 *
 * @module
 */

export { BackgroundWatch } from "./background_watch.ts";
export { EVENT } from "./poll.ts";
export { Reactor, type Watcher } from "./reactor.ts";
