/**
 * Notifies users and programs of events of services and virtual routers: what to send when and where (pure), queues, and the ways of sending
 * (one module each, loaded when needed).
 *
 * @module
 */

export { Notifier, type NotifierOptions } from "./notifier.ts";
export type { NotificationTrouble } from "./outbox.ts";
