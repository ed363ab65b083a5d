/**
 * Telling people and programs what happens to services: what is told when and to whom (pure), queues, and the ways of
 * telling (one module each, loaded when needed).
 *
 * @module
 */

export { Notifier, type NotifierOptions } from "./notifier.ts";
export { type NotificationTrouble, QUEUE_LIMIT } from "./outbox.ts";
export type { Datagrams, Delivery, Dispatch, Hosts, Sender, Surroundings } from "./sender.ts";
export type { StoredEvent, StoredNotifications } from "./stored.ts";
export type { Entry, Telling, ToldService } from "./telling.ts";
