import { flatten, type Item, ListBlock, type Origin, type Value } from "../document.ts";
import { rawByteIn } from "../foreign_bytes.ts";
import type { Report } from "../imported.ts";
import { readMailAddress } from "../mail_address.ts";
import type { Section } from "./section.ts";
import type { Statement } from "./statement.ts";
import { isAbsolute, isOn, scriptOf } from "./values.ts";
import type { Real, Virtual } from "./virtual.ts";

/** The settings of mails for servers and services. */
export interface Mail {
  /** The keys of a notification by mail. */
  readonly settings: { readonly [key: string]: Value | undefined };
  /** Their places in the file, with what else decides about the mails of servers and services, and of routers. */
  readonly origins: { readonly checkers: readonly Origin[]; readonly routers: readonly Origin[] };
  /** Whether those without an own setting send mails. */
  readonly byDefault: { readonly servers: boolean; readonly services: boolean; readonly routers: boolean };
  /** Whether virtual routers send no mails about faults. */
  readonly isSilentOnFaults: boolean;
}

/** Reads the settings of mails; undefined without a recipient. */
export function readMail(
  globals: Section,
  { host, report }: { readonly host: string; readonly report: Report },
): Mail | undefined {
  const recipients = globals.get("notification_email");
  const to =
    recipients?.block?.flatMap(({ keyword, words, origin }) =>
      [keyword, ...words].flatMap((written) => validAddress(written, origin, report))
    ) ?? [];
  if (recipients === undefined || to.length === 0) return undefined;
  const from = globals.get("notification_email_from");
  const [sender] = from === undefined ? [] : validAddress(from.words[0] ?? "", from.origin, report);
  const server = globals.get("smtp_server");
  const [name, port] = server?.words ?? [];
  const address = name?.includes(":") ? `[${name}]` : name;
  const off = globals.get("no_checker_emails");
  const forced = globals.get("smtp_alert_checker") ?? globals.get("smtp_alert");
  const isForced = forced === undefined ? undefined : isOn(forced);
  const ofRouters = globals.get("smtp_alert_vrrp") ?? globals.get("smtp_alert");
  const faults = globals.get("no_email_faults");
  const originsOf = (...deciding: readonly (Statement | undefined)[]): readonly Origin[] =>
    [recipients, from, server, ...deciding].flatMap((statement) => statement === undefined ? [] : [statement.origin]);
  return {
    settings: {
      type: "mail",
      to: to.length === 1 ? to[0] ?? "" : to,
      from: sender ?? `keepalived@${host}`,
      server: address === undefined || port === undefined ? address : `${address}:${port}`,
    },
    origins: { checkers: originsOf(forced, off), routers: originsOf(ofRouters, faults) },
    byDefault: {
      servers: !isOn(off) && (isForced ?? true),
      services: !isOn(off) && (isForced ?? false),
      routers: isOn(ofRouters),
    },
    isSilentOnFaults: isOn(faults),
  };
}

/** The address of a directive; none, with a report, if it is invalid. */
function validAddress(written: string, origin: Origin, report: Report): readonly string[] {
  const address = rawByteIn(written) === undefined ? readMailAddress(written) : undefined;
  if (address !== undefined) return [address];
  report.add(origin, `${written} is not a mail address; it is left out`);
  return [];
}

/** Options of notifications. */
export interface NotifyOptions {
  /** The settings of mails. */
  readonly mail: Mail | undefined;
  /** Receives the directives without a counterpart. */
  readonly report: Report;
}

function commandItem(statement: Statement | undefined, event: string, report: Report): readonly Item[] {
  if (statement === undefined) return [];
  const { command, user } = scriptOf(statement);
  if (!isAbsolute(command)) {
    report.add(statement.origin, "lvsctl runs programs by their absolute paths");
    return [];
  }
  if (user !== undefined) report.add(statement.origin, `lvsctl runs commands as its own user, not as ${user}`);
  return [{ value: { type: "exec", command, on: [event] }, origins: [statement.origin] }];
}

/**
 * A notification by mail; none without settings of mails, or without events.
 *
 * @param options.alert The directive that demands it; undefined: it is the default.
 */
export function mailItem(
  mail: Mail | undefined,
  { of, alert, on }: {
    readonly of: keyof Mail["origins"];
    readonly alert: Statement | undefined;
    readonly on: readonly string[];
  },
): readonly Item[] {
  if (mail === undefined || on.length === 0) return [];
  const origins = mail.origins[of];
  return [{ value: { ...mail.settings, on }, origins: alert === undefined ? origins : [alert.origin, ...origins] }];
}

/** The notifications of a server. */
export function serverNotifications({ section }: Real, { mail, report }: NotifyOptions): readonly Item[] {
  const alert = section.get("smtp_alert");
  const hasMail = alert === undefined ? mail?.byDefault.servers === true : isOn(alert);
  return [
    ...commandItem(section.get("notify_up"), "server_up", report),
    ...commandItem(section.get("notify_down"), "server_down", report),
    ...mailItem(mail, { of: "checkers", alert, on: hasMail ? ["server_up", "server_down"] : [] }),
  ];
}

/** The notifications of a virtual server. */
export function serviceNotifications({ section }: Virtual, { mail, report }: NotifyOptions): readonly Item[] {
  const alert = section.get("smtp_alert");
  const hasMail = alert === undefined ? mail?.byDefault.services === true : isOn(alert);
  return [
    ...commandItem(section.get("quorum_up"), "quorum_up", report),
    ...commandItem(section.get("quorum_down"), "quorum_down", report),
    ...mailItem(mail, { of: "checkers", alert, on: hasMail ? ["quorum_up", "quorum_down"] : [] }),
  ];
}

/** A text that is equal for equal notifications; ignores comments. */
export function notificationsKey(items: readonly Item[]): string {
  return JSON.stringify(flatten(new ListBlock(items)));
}
