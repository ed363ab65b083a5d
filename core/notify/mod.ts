/**
 * Message people and programs what happens to services: what is told when and to whom (pure), queues, and the ways of
 * message (one module each, loaded when needed).
 *
 * @module
 */

export { Notifier, type NotifierOptions } from "./notifier.ts";
export type { NotificationTrouble } from "./outbox.ts";
