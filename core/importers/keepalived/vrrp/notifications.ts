import type { Item } from "../../document.ts";
import type { Report } from "../../imported.ts";
import type { Section } from "../section.ts";
import type { Statement } from "../statement.ts";
import { isAbsolute, isOn, scriptOf } from "../values.ts";
import { NO_MAILS } from "./directives.ts";

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
}

/** The notifications of an instance or a group: `notify` runs after the others, with four more arguments. */
export function notifications(section: Section, subject: Subject): readonly Item[] {
  const alert = section.get("smtp_alert");
  if (alert !== undefined && isOn(alert)) subject.report.add(alert.origin, NO_MAILS);
  const each = STATES.flatMap((state) => item(section.get(`notify_${state.toLowerCase()}`), { state, subject }));
  const any = section.get("notify");
  const { kind, name } = subject;
  return [
    ...each,
    ...STATES.flatMap((state) => item(any, { state, subject, more: [kind, name, state, "{priority}"] })),
  ];
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
