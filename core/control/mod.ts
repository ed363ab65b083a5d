/**
 * The socket at which a running daemon is asked for what it knows, and told what to do: a line of JSON each way.
 *
 * @module
 */

export { ControlClient } from "./client.ts";
export { CONTROL_VERSION, type ControlReply, type ControlRequest, MAX_REQUEST_BYTES } from "./protocol.ts";
export { type ControlCommands, ControlServer, type ControlServerOptions, MAX_CLIENTS } from "./server.ts";
