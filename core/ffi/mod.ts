/**
 * The boundary to C: the only place that opens libraries and touches native memory. Nothing is opened at import.
 *
 * @module
 */

export { liveSocketCount, NetlinkSocket } from "./socket.ts";
