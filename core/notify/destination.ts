import type { AnyNotification } from "../model/mod.ts";

/** A hash of 64 bits as hexadecimal digits: enough to distinguish the destinations of a file. */
function digest(text: string): string {
  let first = 0x811c9dc5;
  let second = 0x1234567;
  for (let index = 0; index < text.length; index++) {
    first = Math.imul(first ^ text.charCodeAt(index), 0x01000193);
    second = Math.imul(second, 31) + text.charCodeAt(index) | 0;
  }
  return [first, second].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
}

function destinationOf(notification: AnyNotification): readonly string[] {
  switch (notification.type) {
    case "exec":
      return notification.command;
    case "webhook":
      return [notification.url];
    case "mail": {
      const { to, from, host, port, startTls, tls } = notification;
      // Events of a notification that requires TLS must not be sent by one that does not.
      const protection = startTls === "opportunistic" ? [] : [startTls, JSON.stringify(tls)];
      return [...to, from, host, String(port), ...protection];
    }
    case "syslog":
      return [notification.facility];
  }
}

const KEYS = new WeakMap<AnyNotification, string>();

/**
 * The key of a notification's destination: notifications with the same key share one queue. It is a digest, because a
 * URL may be a secret; events, intervals and headers do not change it.
 */
export function destinationKey(notification: AnyNotification): string {
  const known = KEYS.get(notification);
  if (known !== undefined) return known;
  const key = `${notification.type} ${digest(JSON.stringify(destinationOf(notification)))}`;
  KEYS.set(notification, key);
  return key;
}

/** The destination as text, without secrets: "webhook hooks.example:443". */
export function describeDestination(notification: AnyNotification): string {
  switch (notification.type) {
    case "exec":
      return `exec ${notification.command[0] ?? ""}`;
    case "webhook":
      return `webhook ${URL.canParse(notification.url) ? new URL(notification.url).host : "without a host"}`;
    case "mail":
      return `mail to ${notification.to.join(", ")} by ${notification.host}:${notification.port}`;
    case "syslog":
      return `syslog ${notification.facility}`;
  }
}
