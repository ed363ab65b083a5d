/**
 * The socket at which a running daemon is asked for what it knows, and told what to do: a line of JSON each way.
 *
 * @module
 */

export { ControlClient } from "./client.ts";
export { type ControlCommands, ControlServer } from "./server.ts";
