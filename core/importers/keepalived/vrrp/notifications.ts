import { formatOrigin, type Item } from "../../document.ts";
import type { Report } from "../../imported.ts";
import { type Mail, mailItem } from "../notify.ts";
import type { Section } from "../section.ts";
import type { Statement } from "../statement.ts";
import { isAbsolute, isOn, scriptOf } from "../values.ts";

/** The events of lvsctl for each state of keepalived: a released instance has no addresses, as a backup. */
const EVENTS = {
  MASTER: ["active"],
  BACKUP: ["backup", "released"],
  FAULT: ["fault"],
  STOP: ["stop"],
} as const;

const STATES = ["MASTER", "BACKUP", "FAULT", "STOP"] as const;

/** What a notification is about. */
export interface Subject {
  /** As keepalived writes it for a `notify` script. */
  readonly kind: "INSTANCE" | "GROUP";
  /** Its name in keepalived's file. */
  readonly name: string;
  /** Receives directives without a counterpart. */
  readonly report: Report;
  /** Receives directives without an effect. */
  readonly idle: Set<string>;
  /** The settings of mails; undefined without a recipient. */
  readonly mail: Mail | undefined;
}

/** The notifications of an instance or a group: `notify` runs after the others, with four more arguments. */
export function notifications(section: Section, subject: Subject): readonly Item[] {
  const each = STATES.flatMap((state) => item(section.get(`notify_${state.toLowerCase()}`), { state, subject }));
  const any = section.get("notify");
  const { kind, name } = subject;
  return [
    ...each,
    ...STATES.flatMap((state) => item(any, { state, subject, more: [kind, name, state, "{priority}"] })),
    ...mails(section.get("smtp_alert"), subject),
  ];
}

/** The notification by mail: keepalived sends one for each state, and may leave faults out. */
function mails(alert: Statement | undefined, { mail, idle }: Subject): readonly Item[] {
  if (alert !== undefined && isOn(alert) && mail === undefined) {
    idle.add(`${formatOrigin(alert.origin)}: there are no mails, because there is no notification_email`);
  }
  const isWanted = alert === undefined ? mail?.byDefault.routers === true : isOn(alert);
  const states = STATES.filter((state) => state !== "FAULT" || mail?.isSilentOnFaults === false);
  return mailItem(mail, { of: "routers", alert, on: isWanted ? states.flatMap((state) => EVENTS[state]) : [] });
}

function item(
  statement: Statement | undefined,
  { state, subject: { report }, more = [] }: {
    readonly state: (typeof STATES)[number];
    readonly subject: Subject;
    readonly more?: readonly string[];
  },
): readonly Item[] {
  if (statement === undefined) return [];
  const { command, user } = scriptOf(statement);
  if (!isAbsolute(command)) {
    report.add(statement.origin, "lvsctl runs programs by their absolute paths");
    return [];
  }
  if (user !== undefined) report.add(statement.origin, `lvsctl runs commands as its own user, not as ${user}`);
  const on = EVENTS[state];
  return [{ value: { type: "exec", command: [...command, ...more], on: [...on] }, origins: [statement.origin] }];
}
