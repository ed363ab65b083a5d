import type { TlsSettings } from "./check_parts.ts";

/** Events that can cause a notification. */
export const NOTIFICATION_EVENTS = [
  "server_up",
  "server_down",
  "quorum_up",
  "quorum_down",
  "fallback_on",
  "fallback_off",
  "warning",
] as const;

/** One of {@linkcode NOTIFICATION_EVENTS}. */
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** Settings that every kind of notification has. */
export interface NotificationCommon<Event extends string = NotificationEvent> {
  /** The events that cause it. */
  readonly on: readonly Event[];
  /** Interval of its repetition while a bad state lasts; milliseconds. No repetition by default. */
  readonly repeatMs?: number;
  /** Hard deadline of sending it; milliseconds. */
  readonly timeoutMs: number;
}

/** A command that runs on this machine. */
export interface ExecNotification<Event extends string = NotificationEvent> extends NotificationCommon<Event> {
  /** Kind of notification. */
  readonly type: "exec";
  /** Absolute path of the program, and its arguments, with placeholders: `{event}`, `{service}`, `{server}` ... */
  readonly command: readonly string[];
}

/** A JSON document that is sent by POST. */
export interface WebhookNotification<Event extends string = NotificationEvent> extends NotificationCommon<Event> {
  /** Kind of notification. */
  readonly type: "webhook";
  /** URL of the receiver: `http:` or `https:`. */
  readonly url: string;
  /** Additional headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** TLS settings, if the URL is `https:`. */
  readonly tls: TlsSettings;
}

/**
 * Use of TLS with a mail server. `required`: always, and its certificate is verified. `opportunistic`: if the server
 * offers it, with any certificate, and without TLS otherwise, as mail servers do with each other (RFC 7435). `off`:
 * never.
 */
export const MAIL_START_TLS = ["required", "opportunistic", "off"] as const;

/** One of {@linkcode MAIL_START_TLS}. */
export type MailStartTls = (typeof MAIL_START_TLS)[number];

/** A mail that is sent through a mail server. */
export interface MailNotification<Event extends string = NotificationEvent> extends NotificationCommon<Event> {
  /** Kind of notification. */
  readonly type: "mail";
  /** Addresses of the recipients, one or more. */
  readonly to: readonly string[];
  /** Address of the sender. */
  readonly from: string;
  /** Name or address of the mail server. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Whether the connection switches to TLS after the greeting. */
  readonly startTls: MailStartTls;
  /** TLS settings, if TLS is required. */
  readonly tls: TlsSettings;
}

/** Syslog facilities for programs (RFC 5424, 6.2.1). */
export const SYSLOG_FACILITIES = [
  "user",
  "mail",
  "daemon",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

/** A line in the system log: of syslog or journald, whichever listens at /dev/log. */
export interface SyslogNotification<Event extends string = NotificationEvent> extends NotificationCommon<Event> {
  /** Kind of notification. */
  readonly type: "syslog";
  /** Facility. */
  readonly facility: (typeof SYSLOG_FACILITIES)[number];
}

/** A receiver, the events that it wants, and how they are sent; by default the events of services and servers. */
export type Notification<Event extends string = NotificationEvent> =
  | ExecNotification<Event>
  | WebhookNotification<Event>
  | MailNotification<Event>
  | SyslogNotification<Event>;

/** A receiver of events of any kind. */
export type AnyNotification = Notification<string>;
