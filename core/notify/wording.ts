import { formatServerId, formatServiceId, type NotificationEvent, visible, type VrrpEventKind } from "../model/mod.ts";
import { isStateEvent, type Message, type MessageService } from "./message.ts";

/** Events in words. */
const WORDS: Readonly<Record<NotificationEvent | VrrpEventKind, string>> = {
  "server_up": "server up",
  "server_down": "server down",
  "quorum_up": "quorum regained",
  "quorum_down": "quorum lost",
  "fallback_on": "fallback server in use",
  "fallback_off": "fallback server no longer in use",
  warning: "warning",
  active: "virtual router active",
  backup: "virtual router backup",
  fault: "virtual router at fault",
  released: "virtual router released",
  stop: "virtual router stopped",
};

/** Most services that one line names. */
const MAX_NAMED_SERVICES = 5;

/** A service with its name, if it has one: "web (tcp://192.0.2.10:80)". */
function describeService({ id, name }: MessageService): string {
  return name === undefined ? formatServiceId(id) : `${visible(name)} (${formatServiceId(id)})`;
}

function describeServices(services: readonly MessageService[]): string {
  const named = services.slice(0, MAX_NAMED_SERVICES).map(describeService).join(", ");
  const rest = services.length - MAX_NAMED_SERVICES;
  return rest > 0 ? `${named} and ${rest} more` : named;
}

/** The subject of a message: "10.0.0.11:80 of web (tcp://192.0.2.10:80)", "edge", "group site". */
function subjectOf({ event, services }: Message): string {
  if (isStateEvent(event)) return visible(event.subject === "group" ? `group ${event.name}` : event.name);
  const ofServices = describeServices(services);
  return event.server === undefined ? ofServices : `${formatServerId(event.server)} of ${ofServices}`;
}

/** A message on one line: "server down: 10.0.0.11:80 of web (tcp://192.0.2.10:80): connection refused". */
export function describeMessage(message: Message): string {
  const { event: { kind, reason }, isRepeated } = message;
  const subject = subjectOf(message);
  const text = [WORDS[kind], subject, ...(reason === "" ? [] : [visible(reason)])].join(": ");
  return isRepeated ? `still ${text}` : text;
}

/** Several messages in a few words: "200 x server down, 1 x quorum lost". */
export function summarize(messages: readonly Message[]): string {
  const counts = new Map<string, number>();
  for (const { event, isRepeated } of messages) {
    const words = `${isRepeated ? "still " : ""}${WORDS[event.kind]}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => `${count} x ${words}`).join(", ");
}
