import {
  type Agent,
  bindAgent,
  bindCheck,
  type Check,
  DEFAULT_AGENT_TIMING,
  DEFAULT_QUORUM,
  defined,
  type FailureReaction,
  type Notification,
  NOTIFICATION_EVENTS,
  type Quorum,
  QUORUM_UNITS,
  type ServerCare,
  type ServiceId,
  type SlowStart,
} from "../../model/mod.ts";
import type { AGENT } from "../schema/agent_schema.ts";
import type { NOTIFICATION } from "../schema/notification_schema.ts";
import { readCheck } from "./check.ts";
import { readCommand, readDeadline, readPath, readTls, reportRelative } from "./check_parts.ts";
import { readHttpRequest } from "./http.ts";
import type { QUORUM, SectionOf, SERVER, SERVICE, SLOW_START } from "../schema/file_schema.ts";

/** How servers are looked after by what a service, or a server, says of it; not bound to a service yet. */
export interface CareDraft {
  /** How they are checked; undefined: not at all. */
  readonly check: Check | undefined;
  /** Who is asked how much they can take; undefined: nobody. */
  readonly agent: Agent | undefined;
  /** What becomes of unhealthy ones. */
  readonly onFailure: FailureReaction;
  /** Whom to tell; undefined: nobody. */
  readonly notify: readonly Notification[] | undefined;
}

function readAgent(written: SectionOf<typeof AGENT> | undefined): Agent | undefined {
  if (written === undefined) return undefined;
  const { section } = written;
  const { interval: intervalMs } = section.values;
  const timeoutMs = readDeadline(section, { intervalMs, defaultMs: DEFAULT_AGENT_TIMING.timeoutMs });
  const common = { ...readPath(section), intervalMs, timeoutMs };
  switch (written.type) {
    case "tcp":
      return { ...defined({ type: written.type, send: written.section.values.send }), ...common };
    case "http":
    case "https": {
      const { type, section: { values } } = written;
      return { type, ...readHttpRequest(written.section), json: parseJsonPath(values.json), ...common };
    }
    case "exec":
      return { type: written.type, ...readCommand(written.section), ...common };
  }
}

/** The keys and indexes of a path such as `$.nodes[0]["up-since"]`. */
function parseJsonPath(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]/g)].map(([, word, index, key]) =>
    index === undefined ? word ?? key ?? "" : Number(index)
  );
}

const DEFAULT_MAIL_SERVER = { host: "localhost", port: 25 };

function readNotification(written: SectionOf<typeof NOTIFICATION>): Notification {
  const { section } = written;
  const { on = NOTIFICATION_EVENTS, repeat: repeatMs, timeout: timeoutMs } = section.values;
  const common = defined({ on: [...new Set(on)], repeatMs, timeoutMs });
  switch (written.type) {
    case "exec": {
      const { command = [] } = written.section.values;
      reportRelative(section, command);
      return { type: written.type, command, ...common };
    }
    case "webhook": {
      const { url = "", headers = [], tls } = written.section.values;
      if (tls !== undefined && url.startsWith("http:")) {
        written.section.report(["tls", "url"], "tls needs an https: URL");
      }
      return { type: written.type, url, headers, tls: readTls(tls), ...common };
    }
    case "mail": {
      const { to = [], from, server = DEFAULT_MAIL_SERVER, start_tls: startTls, tls } = written.section.values;
      if (tls !== undefined && startTls !== "required") {
        written.section.report(["tls"], "tls needs start_tls: required");
      }
      const { host, port } = server;
      return { type: written.type, to, from, host, port, startTls, tls: readTls(tls), ...common };
    }
    case "syslog":
      return { type: written.type, facility: written.section.values.facility, ...common };
  }
}

/** How a service looks after its servers. */
export function readCare(section: SectionOf<typeof SERVICE>): CareDraft {
  const { check, agent, on_failure: onFailure, notify } = section.values;
  return {
    check: check === undefined ? undefined : readCheck(check),
    agent: readAgent(agent),
    onFailure,
    notify: notify?.map(readNotification),
  };
}

/** How a server is looked after; undefined if it says nothing of it, which is as its service does. */
export function readOwnCare(section: SectionOf<typeof SERVER>, service: CareDraft): CareDraft | undefined {
  const { check, agent, on_failure: onFailure, notify } = section.values;
  const says = (key: "check" | "agent" | "on_failure" | "notify"): boolean => section.nodeOf(key) !== undefined;
  if (!says("check") && !says("agent") && !says("on_failure") && !says("notify")) return undefined;
  return {
    check: !says("check") ? service.check : check === undefined ? undefined : readCheck(check),
    agent: says("agent") ? readAgent(agent) : service.agent,
    onFailure: onFailure ?? service.onFailure,
    notify: says("notify") ? notify?.map(readNotification) : service.notify,
  };
}

/** The care that a certain service takes: commands are told of which. */
export function bindCare({ check, agent, onFailure, notify }: CareDraft, id: ServiceId): ServerCare {
  return defined({
    check: check === undefined ? undefined : bindCheck(check, id),
    agent: agent === undefined ? undefined : bindAgent(agent, id),
    onFailure,
    notify,
  });
}

/** What a service needs of its servers. */
export function readQuorum(section: SectionOf<typeof QUORUM>): Quorum {
  const { node, values } = section;
  const { hysteresis } = values;
  const [unit, other] = QUORUM_UNITS.filter((each) => section.nodeOf(each) !== undefined);
  if (unit === undefined) {
    // A key that is unknown was told of, and is probably what is missing.
    const hasOthers = node.kind === "mapping" &&
      node.entries.some(({ key }) => key.kind !== "scalar" || key.text !== "hysteresis");
    if (!hasOthers) section.report([], "quorum must have one of servers, weight and percent");
    return DEFAULT_QUORUM;
  }
  if (other !== undefined) section.report([other, unit], `${unit} and ${other} exclude each other in a quorum`);
  const amount = values[unit] ?? DEFAULT_QUORUM.amount;
  if (hysteresis >= amount) {
    const reason = `or the quorum is never lost: got ${hysteresis} and ${amount}`;
    section.report(["hysteresis", unit], `hysteresis must be less than ${unit}, ${reason}`);
  } else if (unit === "percent" && amount + hysteresis > 100) {
    const reason = `or the quorum is never gained: got ${amount} and ${hysteresis}`;
    section.report(["hysteresis", unit], `percent and hysteresis must not be more than 100 together, ${reason}`);
  }
  return { unit, amount, hysteresis };
}

/** How the weight of a server grows after it has recovered. */
export function readSlowStart(section: SectionOf<typeof SLOW_START>): SlowStart {
  const { duration: durationMs = 1000, from: fromPercent } = section.values;
  return { durationMs, fromPercent };
}
