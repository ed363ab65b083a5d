/** What commands and paths are told about a server and its service: in their words as `{name}`. */
export const SERVER_PLACEHOLDERS = [
  "server",
  "address",
  "port",
  "service",
  "service_address",
  "service_port",
  "service_protocol",
  "service_mark",
] as const;

/** What the commands of notifications are told: of the server and its service, and of what has happened. */
export const EVENT_PLACEHOLDERS = [
  ...SERVER_PLACEHOLDERS,
  "event",
  "state",
  "reason",
  "weight",
  "name",
  "repeated",
  "time",
] as const;

/** One of {@linkcode SERVER_PLACEHOLDERS}. */
export type ServerPlaceholder = (typeof SERVER_PLACEHOLDERS)[number];

/** One of {@linkcode EVENT_PLACEHOLDERS}. */
export type EventPlaceholder = (typeof EVENT_PLACEHOLDERS)[number];
