import { type Entry, type Item, ListBlock, type Origin, type Value } from "../document.ts";
import type { Report } from "../imported.ts";
import { readMailAddress } from "../mail_address.ts";
import { writeSeconds } from "../table.ts";
import type { CheckedVirtual } from "./check.ts";
import type { Directive } from "./sections.ts";

/** ldirectord's names of syslog facilities. */
const FACILITY = /^(?:user|mail|daemon|local[0-7])$/;

/** The events that ldirectord sends mails for. */
const MAIL_EVENTS = ["server_up", "server_down", "fallback_on", "fallback_off"];

/** The notifications of a service. */
export function notifyEntry(
  virtual: CheckedVirtual,
  options: { readonly hasFallback: boolean },
): Entry | undefined {
  const items = [mailItem(virtual), ...commandItems(virtual, options), logItem(virtual)]
    .filter((item) => item !== undefined);
  return items.length === 0 ? undefined : { key: "notify", value: new ListBlock(items) };
}

function originsOf(directives: readonly (Directive | undefined)[]): readonly Origin[] {
  return directives.flatMap((directive) => directive === undefined ? [] : [directive.origin]);
}

function mailItem({ section, globals, report }: CheckedVirtual): Item | undefined {
  const pick = (name: string): Directive | undefined => section.get(name) ?? globals.get(name);
  const recipients = pick("emailalert");
  if (recipients === undefined) return undefined;
  const status = pick("emailalertstatus");
  const words = status?.value.split(/\s*,\s*/) ?? ["all"];
  if (!words.includes("all") && !words.includes("running")) {
    if (status !== undefined && status.value !== "none") {
      report.add(status.origin, "lvsctl sends mails for events while it runs, which this excludes: there are no mails");
    }
    return undefined;
  }
  const frequency = pick("emailalertfreq");
  const from = globals.get("emailalertfrom");
  const server = pick("smtp");
  const to = recipients.value.split(",").filter((each) => each.trim() !== "").flatMap((each) =>
    validAddress(each, recipients, report)
  );
  if (to.length === 0) return undefined;
  const [sender = "root@localhost"] = from === undefined ? [] : validAddress(from.value, from, report);
  const value: Value = {
    type: "mail",
    to: to.length === 1 ? to[0] : to,
    from: sender,
    server: server?.value,
    on: MAIL_EVENTS,
    repeat: frequency === undefined || Number(frequency.value) === 0
      ? undefined
      : writeSeconds(Number(frequency.value)),
  };
  const notes = server === undefined
    ? ["ldirectord runs the mail program of this machine; lvsctl connects to its port 25"]
    : [];
  return { value, origins: originsOf([recipients, status, frequency, from, server]), notes };
}

/** The address of a directive; none, with a report, if it is invalid. */
function validAddress(written: string, { origin }: Directive, report: Report): readonly string[] {
  const address = readMailAddress(written);
  if (address !== undefined) return [address];
  report.add(origin, `${written.trim()} is not a mail address; it is left out`);
  return [];
}

/** The fallback command, which is called with start and stop. */
function commandItems(
  { section, globals, protocol, address, port }: CheckedVirtual,
  { hasFallback }: { readonly hasFallback: boolean },
): readonly Item[] {
  const command = section.get("fallbackcommand") ?? globals.get("fallbackcommand");
  if (command === undefined) return [];
  const events = hasFallback ? ["fallback_on", "fallback_off"] : ["quorum_down", "quorum_up"];
  const place = protocol === "fwm" ? `:${port}` : `${address}:${port}`;
  // A command with arguments needs a shell.
  const isPlain = /^\/[\w./+-]+$/.test(command.value);
  return ["start", "stop"].map((verb, index): Item => {
    const words = [command.value, verb, place, protocol];
    const argv = isPlain ? words : ["/bin/sh", "-c", words.join(" ")];
    return { value: { type: "exec", command: argv, on: [events[index] ?? ""] }, origins: [command.origin] };
  });
}

/** The notification by syslog, if the log is a facility. */
function logItem({ globals }: CheckedVirtual): Item | undefined {
  const log = globals.get("logfile");
  if (log === undefined || !FACILITY.test(log.value)) return undefined;
  return { value: { type: "syslog", facility: log.value }, origins: [log.origin] };
}

/** Whether a log is a facility of syslog. */
export function isFacility(log: string): boolean {
  return FACILITY.test(log);
}
