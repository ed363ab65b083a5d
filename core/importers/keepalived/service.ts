import { type Entry, flatten, type Item, ListBlock, MappingBlock, type Origin, type Value } from "../document.ts";
import { writeSeconds } from "../table.ts";
import { type CheckOptions, makeCheck } from "./check.ts";
import { entry } from "./connection.ts";
import type { Entrance } from "./groups.ts";
import { notificationsKey, type NotifyOptions, serverNotifications, serviceNotifications } from "./notify.ts";
import { methodEntry, tunnelEntry } from "./methods.ts";
import { fallbackEntry, serverItem } from "./server.ts";
import type { Statement } from "./statement.ts";
import { isOn, numberOf } from "./values.ts";
import { markFamily, type Real, type Virtual } from "./virtual.ts";

/** What services are made with. */
export type ServiceOptions = Omit<CheckOptions, "virtual"> & NotifyOptions;

/** Seconds that a client stays with its server where it has to, and nothing is written. */
const DEFAULT_PERSISTENCE = 360;

const FLAGS = ["flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port", "mh-fallback"];

/** The flags that only one scheduler has, and what they are for all. */
const FLAG_NUMBERS: Readonly<Record<string, string>> = {
  "sh-fallback": "flag-1",
  "sh-port": "flag-2",
  "mh-fallback": "flag-1",
  "mh-port": "flag-2",
};

/** A virtual server as a service. */
export function makeService(virtual: Virtual, options: ServiceOptions): Item {
  const { section, origin, reals } = virtual;
  const checks = reals.map((real) => makeCheck(real, { ...options, virtual }));
  const told = reals.map((real) => serverNotifications(real, options));
  const service = serviceNotifications(virtual, options);
  const [firstCheck] = checks;
  const isSame = new Set(checks.map((check) => check === undefined ? "" : JSON.stringify(flatten(check)))).size === 1;
  const [firstTold = []] = told;
  const isToldSame = new Set(told.map(notificationsKey)).size === 1;
  const notify = isToldSame ? [...firstTold, ...service] : service;
  const entries: (Entry | undefined)[] = [
    listenEntry(virtual),
    ...scheduling(virtual, options),
    methodEntry(virtual.method),
    tunnelEntry(virtual.method),
    persistenceEntry(virtual, options),
    onePacketEntry(virtual, options),
    ...reaction(virtual),
    fallbackEntry(virtual),
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
          notify: isToldSame ? undefined : [...told[index] ?? []],
        });
      })),
    },
  ];
  const notes = [...virtual.notes];
  if (isOn(section.get("omega"))) {
    notes.push("omega: lvsctl run --on-exit remove removes the service when it stops, and tells of nothing then");
  }
  return { value: new MappingBlock(entries), origins: [origin], notes };
}

function place(entrance: Entrance, virtual: Virtual): { readonly text: string; readonly isEveryPort: boolean } {
  if (entrance.kind === "mark") {
    const family = entrance.family ?? markFamily(virtual);
    return { text: `${family === "ipv6" ? "fwmark6" : "fwmark"}:${entrance.mark}`, isEveryPort: false };
  }
  const { address, port, family } = entrance;
  const host = family === "ipv6" ? `[${address}]` : address;
  return { text: `${virtual.protocol}://${host}:${port}`, isEveryPort: port === 0 };
}

function listenEntry(virtual: Virtual): Entry {
  const { entrances, section } = virtual;
  const [only] = entrances;
  const protocol = section.get("protocol");
  const common = protocol === undefined ? [] : [protocol.origin];
  if (entrances.length === 1 && only !== undefined) {
    return { key: "listen", value: place(only, virtual).text, origins: common, essential: true };
  }
  const items = entrances.map((each) => ({ value: place(each, virtual).text, origins: [each.statement.origin] }));
  return { key: "listen", value: new ListBlock(items), origins: common, essential: true };
}

function scheduling({ section }: Virtual, { report }: ServiceOptions): readonly Entry[] {
  const scheduler = section.get("lvs_sched");
  const name = scheduler?.words[0] ?? "wlc";
  const entries: Entry[] = [entry("scheduler", name, scheduler?.origin)];
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
  const { section, entrances } = virtual;
  const timeout = section.get("persistence_timeout");
  const mask = section.get("persistence_granularity");
  const engine = section.get("persistence_engine");
  const isEveryPort = entrances.some((each) => place(each, virtual).isEveryPort);
  if (timeout === undefined && !isEveryPort) {
    for (const each of [mask, engine]) {
      if (each !== undefined && timeout === undefined) {
        report.add(each.origin, "it means nothing without persistence_timeout");
      }
    }
    return undefined;
  }
  const said = [timeout, mask, engine].filter((statement) => statement !== undefined);
  return {
    key: "persistence",
    value: {
      timeout: writeSeconds(numberOf(timeout) ?? DEFAULT_PERSISTENCE),
      ...(mask === undefined ? {} : { netmask: maskValue(mask) }),
      ...(engine === undefined ? {} : { engine: engine.words[0] ?? "" }),
    },
    origins: said.map((statement) => statement.origin),
    notes: timeout === undefined
      ? ["without a port, a service has to be persistent; keepalived takes 360 seconds"]
      : [],
  };
}

function maskValue({ words: [mask = ""] }: Statement): Value {
  if (!/^\d+$/.test(mask)) return mask;
  return Number(mask);
}

function onePacketEntry({ section, protocol, entrances }: Virtual, { report }: ServiceOptions): Entry | undefined {
  const ops = section.get("ops");
  if (!isOn(ops) || ops === undefined) return undefined;
  if (protocol === "udp" || entrances.some(({ kind }) => kind === "mark")) return entry("one_packet", true, ops.origin);
  report.add(ops.origin, "only UDP has it; keepalived leaves it out");
  return undefined;
}

/** What becomes of unhealthy servers, and how many it takes. */
function reaction({ section, reals }: Virtual): readonly Entry[] {
  const entries: Entry[] = [];
  const inhibit = section.get("inhibit_on_failure");
  if (isOn(inhibit)) entries.push(entry("on_failure", "quiesce", inhibit?.origin));
  const quorum = section.get("quorum");
  const hysteresis = section.get("hysteresis");
  if (quorum === undefined && hysteresis === undefined) return entries;
  const total = reals.reduce((sum, real) => sum + weightOf(real, section.get("weight")), 0);
  const written = numberOf(quorum) ?? 1;
  const amount = Math.max(1, Math.min(written, total));
  const tolerance = Math.min(numberOf(hysteresis) ?? 0, amount - 1);
  const notes: string[] = [];
  if (amount !== written) notes.push(`keepalived lowers a quorum to the sum of the weights, ${amount}`);
  if (tolerance !== (numberOf(hysteresis) ?? 0)) notes.push(`keepalived lowers a hysteresis to less than the quorum`);
  if (amount > 1) {
    notes.push("keepalived takes every server out when the quorum is lost; lvsctl keeps the healthy ones");
  }
  entries.push({
    key: "quorum",
    value: { weight: amount, ...(tolerance === 0 ? {} : { hysteresis: tolerance }) },
    origins: [quorum, hysteresis].flatMap((statement) => statement === undefined ? [] : [statement.origin]),
    notes,
  });
  return entries;
}

function weightOf({ section }: Real, inherited: Statement | undefined): number {
  return numberOf(section.get("weight") ?? inherited) ?? 1;
}
