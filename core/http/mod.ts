/**
 * A small HTTP server with a limit for everything that a client can use up: it answers in the process that checks
 * servers, and must never delay a check.
 *
 * @module
 */

export { refuseAccess } from "./access.ts";
export { Logins } from "./login.ts";
export type { HttpRequest } from "./request.ts";
export { type HttpResponse, type HttpStatus, retryResponse, textResponse } from "./response.ts";
export { HttpServer } from "./server.ts";
export { Slices } from "./slices.ts";
