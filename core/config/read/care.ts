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
  type Quorum,
  QUORUM_UNITS,
  type ServerCare,
  type ServiceId,
  type SlowStart,
} from "../../model/mod.ts";
import type { AGENT } from "../schema/agent_schema.ts";
import { readCheck } from "./check.ts";
import { readCommand, readPath, readTimeout } from "./check_parts.ts";
import { readHttpRequest } from "./http.ts";
import { readNotification } from "./notifications.ts";
import type { QUORUM, SERVICE, SLOW_START } from "../schema/file_schema.ts";
import type { ServerItem } from "../schema/server_schema.ts";
import type { SectionOf } from "../schema/types.ts";

/** The checks, agent and notifications of a service or a server, not bound to a virtual service yet. */
export interface CareDraft {
  /** The check; undefined: none. */
  readonly check: Check | undefined;
  /** The agent that reports the capacity; undefined: none. */
  readonly agent: Agent | undefined;
  /** Reaction to an unhealthy server. */
  readonly onFailure: FailureReaction;
  /** Receivers of notifications; undefined: none. */
  readonly notify: readonly Notification[] | undefined;
}

function readAgent(written: SectionOf<typeof AGENT> | undefined): Agent | undefined {
  if (written === undefined) return undefined;
  const { section } = written;
  const { interval: intervalMs } = section.values;
  const timeoutMs = readTimeout(section, { defaultMs: Math.min(DEFAULT_AGENT_TIMING.timeoutMs, intervalMs) });
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

/** Reads the care of a service. */
export function readCare(section: SectionOf<typeof SERVICE>): CareDraft {
  const { check, agent, on_failure: onFailure, notify } = section.values;
  return {
    check: check === undefined ? undefined : readCheck(check),
    agent: readAgent(agent),
    onFailure,
    notify: notify?.map(readNotification),
  };
}

/** Reads the care of a server; undefined if the server has the care of its service. */
export function readOwnCare(section: ServerItem["section"], service: CareDraft): CareDraft | undefined {
  const { check, agent, on_failure: onFailure, notify } = section.values;
  const has = (key: "check" | "agent" | "on_failure" | "notify"): boolean => section.nodeOf(key) !== undefined;
  if (!has("check") && !has("agent") && !has("on_failure") && !has("notify")) return undefined;
  return {
    check: !has("check") ? service.check : check === undefined ? undefined : readCheck(check),
    agent: has("agent") ? readAgent(agent) : service.agent,
    onFailure: onFailure ?? service.onFailure,
    notify: has("notify") ? notify?.map(readNotification) : service.notify,
  };
}

/** Binds the care to a virtual service, whose name commands receive. */
export function bindCare({ check, agent, onFailure, notify }: CareDraft, id: ServiceId): ServerCare {
  return defined({
    check: check === undefined ? undefined : bindCheck(check, id),
    agent: agent === undefined ? undefined : bindAgent(agent, id),
    onFailure,
    notify,
  });
}

/** Reads the quorum of a service. */
export function readQuorum(section: SectionOf<typeof QUORUM>): Quorum {
  const { node, values } = section;
  const { hysteresis } = values;
  const [unit, other] = QUORUM_UNITS.filter((each) => section.nodeOf(each) !== undefined);
  if (unit === undefined) {
    // An unknown key is reported already, and is probably a misspelling of the missing one.
    const hasOthers = node.kind === "mapping" &&
      node.entries.some(({ key }) => key.kind !== "scalar" || key.text !== "hysteresis");
    if (!hasOthers) section.report([], "quorum must have one of the keys servers, weight and percent");
    return DEFAULT_QUORUM;
  }
  if (other !== undefined) {
    section.report([other, unit], `quorum must not have both ${unit} and ${other}; leave one out`);
  }
  const amount = values[unit] ?? DEFAULT_QUORUM.amount;
  if (hysteresis >= amount) {
    const reason = `got ${hysteresis} and ${amount}, so the quorum would never be lost`;
    section.report(["hysteresis", unit], `hysteresis must be less than ${unit}: ${reason}`);
  } else if (unit === "percent" && amount + hysteresis > 100) {
    const reason = `got ${amount} and ${hysteresis}, so the quorum would never be gained`;
    section.report(["hysteresis", unit], `percent plus hysteresis must be at most 100: ${reason}`);
  }
  return { unit, amount, hysteresis };
}

/** Reads the growth of a server's weight after it has recovered. */
export function readSlowStart(section: SectionOf<typeof SLOW_START>): SlowStart {
  const { duration: durationMs = 1000, from: fromPercent } = section.values;
  return { durationMs, fromPercent };
}
