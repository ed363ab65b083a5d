import { type Entry, flatten, type Item, ListBlock, MappingBlock, type Origin, type Value } from "../document.ts";
import { writeSeconds } from "../table.ts";
import { type CheckOptions, makeCheck } from "./check.ts";
import { entry } from "./connection.ts";
import type { Listen } from "./groups.ts";
import { notificationsKey, type NotifyOptions, serverNotifications, serviceNotifications } from "./notify.ts";
import { methodEntry, tunnelEntry } from "./methods.ts";
import { fallbackEntry, serverItem } from "./server.ts";
import type { Statement } from "./statement.ts";
import { isOn, numberOf } from "./values.ts";
import { markFamily, type Real, type Virtual } from "./virtual.ts";

/** Options of {@linkcode makeService}. */
export type ServiceOptions = Omit<CheckOptions, "virtual"> & NotifyOptions;

/** keepalived's default persistence timeout; seconds. */
const DEFAULT_PERSISTENCE = 360;

const FLAGS = ["flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port", "mh-fallback"];

/** The general flag of each flag that belongs to one scheduler. */
const FLAG_NUMBERS: Readonly<Record<string, string>> = {
  "sh-fallback": "flag-1",
  "sh-port": "flag-2",
  "mh-fallback": "flag-1",
  "mh-port": "flag-2",
};

/** Converts a virtual server to a service. */
export function makeService(virtual: Virtual, options: ServiceOptions): Item {
  const { section, origin, reals } = virtual;
  const checks = reals.map((real) => makeCheck(real, { ...options, virtual }));
  const notifications = reals.map((real) => serverNotifications(real, options));
  const service = serviceNotifications(virtual, options);
  const [firstCheck] = checks;
  const isSame = new Set(checks.map((check) => check === undefined ? "" : JSON.stringify(flatten(check)))).size === 1;
  const [firstNotifications = []] = notifications;
  const hasSameNotifications = new Set(notifications.map(notificationsKey)).size === 1;
  const notify = hasSameNotifications ? [...firstNotifications, ...service] : service;
  const entries: (Entry | undefined)[] = [
    listenEntry(virtual),
    ...scheduling(virtual, options),
    methodEntry(virtual.method),
    tunnelEntry(virtual.method),
    persistenceEntry(virtual, options),
    onePacketEntry(virtual, options),
    ...reaction(virtual),
    fallbackEntry(virtual, options),
    !isSame || firstCheck === undefined ? undefined : {
      key: "check",
      value: firstCheck,
      notes: reals.length > 1 ? ["the same for all of its servers"] : [],
    },
    notify.length === 0 ? undefined : { key: "notify", value: new ListBlock(notify) },
    {
      key: "servers",
      value: new ListBlock(reals.map((real, index) => {
        const check = isSame ? undefined : checks[index];
        return serverItem(real, {
          report: options.report,
          virtual,
          check,
          notify: hasSameNotifications ? undefined : [...notifications[index] ?? []],
        });
      })),
    },
  ];
  const notes = [...virtual.notes];
  if (isOn(section.get("omega"))) {
    notes.push("omega: with --on-exit remove lvsctl run removes the service when it stops, without a notification");
  }
  return { value: new MappingBlock(entries), origins: [origin], notes };
}

function place(listen: Listen, virtual: Virtual): { readonly text: string; readonly isEveryPort: boolean } {
  if (listen.kind === "mark") {
    const family = listen.family ?? markFamily(virtual);
    return { text: `${family === "ipv6" ? "fwmark6" : "fwmark"}:${listen.mark}`, isEveryPort: false };
  }
  const { address, port, family } = listen;
  const host = family === "ipv6" ? `[${address}]` : address;
  return { text: `${virtual.protocol}://${host}:${port}`, isEveryPort: port === 0 };
}

function listenEntry(virtual: Virtual): Entry {
  const { listens, section } = virtual;
  const [only] = listens;
  const protocol = section.get("protocol");
  const common = protocol === undefined ? [] : [protocol.origin];
  if (listens.length === 1 && only !== undefined) {
    return { key: "listen", value: place(only, virtual).text, origins: common, essential: true };
  }
  const items = listens.map((each) => ({ value: place(each, virtual).text, origins: [each.statement.origin] }));
  return { key: "listen", value: new ListBlock(items), origins: common, essential: true };
}

function scheduling({ section }: Virtual, { report }: ServiceOptions): readonly Entry[] {
  const scheduler = section.get("lvs_sched");
  const name = scheduler?.words[0] ?? "wlc";
  const entries: Entry[] = [entry("scheduler", name, scheduler)];
  const flags: string[] = [];
  const origins: Origin[] = [];
  for (const flag of FLAGS) {
    const statement = section.get(flag);
    if (statement === undefined) continue;
    if (/^[sm]h-/.test(flag) && !flag.startsWith(name)) {
      report.add(
        statement.origin,
        `the scheduler ${name} has no such flag; keepalived would set its ${FLAG_NUMBERS[flag]}`,
      );
      continue;
    }
    flags.push(flag);
    origins.push(statement.origin);
  }
  if (flags.length > 0) entries.push({ key: "scheduler_flags", value: flags, origins });
  return entries;
}

function persistenceEntry(virtual: Virtual, { report }: ServiceOptions): Entry | undefined {
  const { section, listens } = virtual;
  const timeout = section.get("persistence_timeout");
  const mask = section.get("persistence_granularity");
  const engine = section.get("persistence_engine");
  const isEveryPort = listens.some((each) => place(each, virtual).isEveryPort);
  if (timeout === undefined && !isEveryPort) {
    for (const each of [mask, engine]) {
      if (each !== undefined && timeout === undefined) {
        report.add(each.origin, "it has no effect without persistence_timeout");
      }
    }
    return undefined;
  }
  const statements = [timeout, mask, engine].filter((statement) => statement !== undefined);
  return {
    key: "persistence",
    value: {
      timeout: writeSeconds(numberOf(timeout) ?? DEFAULT_PERSISTENCE),
      netmask: mask === undefined ? undefined : maskValue(mask),
      engine: engine === undefined ? undefined : engine.words[0] ?? "",
    },
    origins: statements.map((statement) => statement.origin),
    notes: timeout === undefined
      ? ["a service without a port must be persistent; keepalived's default is 360 seconds"]
      : [],
  };
}

function maskValue({ words: [mask = ""] }: Statement): Value {
  if (!/^\d+$/.test(mask)) return mask;
  return Number(mask);
}

function onePacketEntry({ section, protocol, listens }: Virtual, { report }: ServiceOptions): Entry | undefined {
  const ops = section.get("ops");
  if (!isOn(ops) || ops === undefined) return undefined;
  if (protocol === "udp" || listens.some(({ kind }) => kind === "mark")) return entry("one_packet", true, ops);
  report.add(ops.origin, "only UDP has it; keepalived ignores it");
  return undefined;
}

/** Converts the treatment of unhealthy servers, and the quorum. */
function reaction({ section, reals }: Virtual): readonly Entry[] {
  const entries: Entry[] = [];
  const inhibit = section.get("inhibit_on_failure");
  if (isOn(inhibit)) entries.push(entry("on_failure", "quiesce", inhibit));
  const quorum = section.get("quorum");
  const hysteresis = section.get("hysteresis");
  if (quorum === undefined && hysteresis === undefined) return entries;
  const total = reals.reduce((sum, real) => sum + weightOf(real, section.get("weight")), 0);
  const requested = numberOf(quorum) ?? 1;
  const amount = Math.max(1, Math.min(requested, total));
  const tolerance = Math.min(numberOf(hysteresis) ?? 0, amount - 1);
  const notes: string[] = [];
  if (amount !== requested) notes.push(`keepalived lowers a quorum to the sum of the weights, ${amount}`);
  if (tolerance !== (numberOf(hysteresis) ?? 0)) notes.push(`keepalived lowers a hysteresis to less than the quorum`);
  if (amount > 1) {
    notes.push("keepalived removes every server when the quorum is lost; lvsctl keeps the healthy ones");
  }
  entries.push({
    key: "quorum",
    value: { weight: amount, hysteresis: tolerance === 0 ? undefined : tolerance },
    origins: [quorum, hysteresis].flatMap((statement) => statement === undefined ? [] : [statement.origin]),
    notes,
  });
  return entries;
}

function weightOf({ section }: Real, inherited: Statement | undefined): number {
  return numberOf(section.get("weight") ?? inherited) ?? 1;
}
