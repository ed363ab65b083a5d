import type { TlsSettings } from "./check_parts.ts";

/** What can be told of. */
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

/** What every way of telling has. */
export interface NotificationCommon {
  /** What is told of. */
  readonly on: readonly NotificationEvent[];
  /** While a bad state lasts it is told of again at this distance; milliseconds. Never where it is not given. */
  readonly repeatMs?: number;
  /** Hard deadline of telling; milliseconds. */
  readonly timeoutMs: number;
}

/** A command on this machine is run. */
export interface ExecNotification extends NotificationCommon {
  /** Tells the kinds apart. */
  readonly type: "exec";
  /** Program, an absolute path, and its arguments; `{event}`, `{service}`, `{server}` and so on are replaced. */
  readonly command: readonly string[];
}

/** A JSON document is sent by POST. */
export interface WebhookNotification extends NotificationCommon {
  /** Tells the kinds apart. */
  readonly type: "webhook";
  /** Where to: `http:` or `https:`. */
  readonly url: string;
  /** Further headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** How it speaks TLS, if it does. */
  readonly tls: TlsSettings;
}

/**
 * Whether a mail server is spoken to by TLS: only so, with a look at its certificate; where it offers TLS, whatever its
 * certificate, and in the clear where that does not come about, as mail servers do among themselves (RFC 7435); or in
 * the clear.
 */
export const MAIL_START_TLS = ["required", "opportunistic", "off"] as const;

/** One of {@linkcode MAIL_START_TLS}. */
export type MailStartTls = (typeof MAIL_START_TLS)[number];

/** A mail is handed to a mail server. */
export interface MailNotification extends NotificationCommon {
  /** Tells the kinds apart. */
  readonly type: "mail";
  /** Addresses of the recipients, one or more. */
  readonly to: readonly string[];
  /** Address of the sender. */
  readonly from: string;
  /** Name or address of the mail server. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Whether it goes over to TLS after the greeting. */
  readonly startTls: MailStartTls;
  /** How TLS is spoken where it is required. */
  readonly tls: TlsSettings;
}

/** The facilities of syslog (RFC 5424, 6.2.1) that programs use. */
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

/** A line goes to the system's log: syslog or journald, whichever listens at /dev/log. */
export interface SyslogNotification extends NotificationCommon {
  /** Tells the kinds apart. */
  readonly type: "syslog";
  /** Facility. */
  readonly facility: (typeof SYSLOG_FACILITIES)[number];
}

/** Whom to tell of what, and how. */
export type Notification = ExecNotification | WebhookNotification | MailNotification | SyslogNotification;
