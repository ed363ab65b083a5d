import type { Notification } from "../model/mod.ts";

/** Two lanes of 32 bits over a text, as hexadecimal digits: enough to tell the destinations of a file apart. */
function digest(text: string): string {
  let first = 0x811c9dc5;
  let second = 0x1234567;
  for (let index = 0; index < text.length; index++) {
    first = Math.imul(first ^ text.charCodeAt(index), 0x01000193);
    second = Math.imul(second, 31) + text.charCodeAt(index) | 0;
  }
  return [first, second].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
}

function destinationOf(notification: Notification): readonly string[] {
  switch (notification.type) {
    case "exec":
      return notification.command;
    case "webhook":
      return [notification.url];
    case "mail": {
      const { to, from, host, port, startTls, tls } = notification;
      // What asks for TLS must not be told by the way of what does not.
      const protection = startTls === "opportunistic" ? [] : [startTls, JSON.stringify(tls)];
      return [...to, from, host, String(port), ...protection];
    }
    case "syslog":
      return [notification.facility];
  }
}

const KEYS = new WeakMap<Notification, string>();

/**
 * What two notifications have in common that reach the same: what is told to one is told to the other. It is a digest,
 * because a URL may be a secret; when, how often and with what headers makes no difference.
 */
export function destinationKey(notification: Notification): string {
  const known = KEYS.get(notification);
  if (known !== undefined) return known;
  const key = `${notification.type} ${digest(JSON.stringify(destinationOf(notification)))}`;
  KEYS.set(notification, key);
  return key;
}

/** The destination for people, without what may be a secret: "webhook hooks.example:443". */
export function describeDestination(notification: Notification): string {
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
