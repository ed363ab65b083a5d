/**
 * Turns of the event loop, for commands that work without waiting.
 *
 * @module
 */

export { sleepOnThread } from "../ffi/mod.ts";
