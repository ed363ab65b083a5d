/**
 * The socket of a running daemon for requests of its state and for commands: one line of JSON in each direction.
 *
 * @module
 */

export { type Client, Clients } from "./clients.ts";
export { ControlClient } from "./client.ts";
export { type ControlCommands, ControlServer } from "./server.ts";
export { listenAtPath, removeSocket } from "./socket_path.ts";
