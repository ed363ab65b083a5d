/** Placeholders for a server and its service, written `{name}` in commands and paths. */
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

/** Placeholders in the commands of notifications: for the server, its service, and the event. */
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
