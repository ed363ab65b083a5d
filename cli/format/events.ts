import type { DaemonEvent, DriftReaction } from "../../core/daemon/mod.ts";
import {
  describeVipChange,
  formatDuration,
  formatServerId,
  formatServiceId,
  type NotificationEvent,
  type ServiceEvent,
} from "../../core/model/mod.ts";
import type { NotificationTrouble } from "../../core/notify/mod.ts";
import { formatChange } from "./changes.ts";
import { count } from "./count.ts";
import { changeJson } from "./json.ts";
import type { LogRecord } from "./log_record.ts";

/** The reaction to a difference, followed by the change that corrects it. */
const DRIFT: Readonly<Record<DriftReaction, string>> = {
  repaired: "the table differs from the expected one; correcting it",
  drained: "the file does not name a server of the table; draining it",
  left: "the table differs from the expected one; not corrected (see --repair)",
  "dry-run": "would be done",
};

/** A log record of the end of a worker that probes; another one starts after a time in milliseconds. */
export function describeWorkerEnd(
  { reason, restartMs }: { readonly reason: string; readonly restartMs: number },
): LogRecord {
  return {
    level: "error",
    event: "worker",
    message: `the worker that probes has ended: ${reason}; another one starts in ${formatDuration(restartMs)}`,
    fields: { reason, restart_ms: restartMs },
  };
}

/** A log record of an event of the daemon. */
export function describeEvent(event: DaemonEvent): LogRecord {
  switch (event.kind) {
    case "health": {
      const { job, health, reason } = event;
      const server = formatServerId(job.target);
      return {
        level: health === "unhealthy" ? "warning" : "notice",
        event: "health",
        message: `${job.check.type} ${server} is ${health}: ${reason}`,
        fields: { check: job.check.type, server, health, reason },
      };
    }
    case "uncheckable": {
      const { job, reason } = event;
      const server = formatServerId(job.target);
      return {
        level: "error",
        event: "uncheckable",
        message: `${job.check.type} ${server} cannot be checked: ${reason}; the server stays as it is`,
        fields: { check: job.check.type, server, reason },
      };
    }
    case "agent": {
      const { job, state } = event;
      const server = formatServerId(job.target);
      const { percent, health, mode, reason } = state;
      const answer = [`${percent}%`, health, mode].join(", ");
      return {
        level: health === "down" ? "warning" : "notice",
        event: "agent",
        message: `the agent of ${server} reports ${answer}${reason === undefined ? "" : `: ${reason}`}`,
        fields: { server, percent, health, mode, reason: reason ?? null },
      };
    }
    case "service":
      return describeServiceEvent(event.event);
    case "vip": {
      const { verb, object } = describeVipChange(event.change);
      return { level: "notice", event: "vip", message: `${verb} ${object}`, fields: { change: `${verb} ${object}` } };
    }
    case "change":
      return {
        level: "notice",
        event: "change",
        message: `${formatChange(event.change)} (${event.why})`,
        fields: { change: changeJson(event.change), why: event.why },
      };
    case "drift":
      return {
        level: "warning",
        event: "drift",
        message: `${DRIFT[event.reaction]}: ${formatChange(event.change)} (${event.why})`,
        fields: { change: changeJson(event.change), why: event.why, reaction: event.reaction },
      };
    case "veto": {
      const [service, server] = [formatServiceId(event.service), formatServerId(event.server)];
      const { directors, reason = "its check fails" } = event;
      return {
        level: "warning",
        event: "veto",
        message: `${server} of ${service} stays although it is unhealthy here (${reason}): ` +
          (directors === 1 ? "1 other director reaches it" : `${directors} other directors reach it`),
        fields: { service, server, directors, reason },
      };
    }
    case "kept": {
      const [service, server] = [formatServiceId(event.service), formatServerId(event.server)];
      return {
        level: "notice",
        event: "kept",
        message:
          `${server} of ${service} is not in the file; it stays until the servers of the file are known to serve, ` +
          "and then drains",
        fields: { service, server },
      };
    }
    case "failure": {
      const reason = event.error instanceof Error ? event.error.message.replaceAll("\n", "; ") : String(event.error);
      return {
        level: "error",
        event: "failure",
        message: `${reason}; trying again in ${formatDuration(event.retryMs)}`,
        fields: { reason, retry_ms: event.retryMs },
      };
    }
    case "loaded": {
      const { services, checks } = event;
      return {
        level: "info",
        event: "loaded",
        message: `watching ${count(services, "virtual service")} with ${count(checks, "check")}`,
        fields: { services, checks },
      };
    }
  }
}

/** A log record of a notification that could not be sent. */
export function describeTrouble({ destination, reason, events, retryMs }: NotificationTrouble): LogRecord {
  const next = retryMs === undefined ? "given up" : `trying again in ${formatDuration(retryMs)}`;
  return {
    level: "error",
    event: "notification",
    message: `cannot notify ${destination} of ${events} events: ${reason}; ${next}`,
    fields: { destination, reason, events, retry_ms: retryMs ?? null },
  };
}

/** A log record of a bug, after which the checks go on. */
export function describeBug(error: unknown): LogRecord {
  return { level: "error", event: "bug", message: `internal error: ${String(error)}; please report this` };
}

/** The words of the log for the events of services. */
const SERVICE_EVENTS: Readonly<Record<NotificationEvent, string>> = {
  "server_up": "is up",
  "server_down": "is down",
  "quorum_up": "has its quorum again",
  "quorum_down": "has lost its quorum",
  "fallback_on": "is in use as the fallback",
  "fallback_off": "is no longer in use as the fallback",
  "warning": "has a warning",
};

function describeServiceEvent({ kind, service, name, server, reason, weight }: ServiceEvent): LogRecord {
  const whole = `${formatServiceId(service)}${name === undefined ? "" : ` (${name})`}`;
  const object = server === undefined ? whole : `${formatServerId(server)} of ${whole}`;
  const isBad = kind === "server_down" || kind === "quorum_down" || kind === "fallback_on" || kind === "warning";
  return {
    level: isBad ? "warning" : "notice",
    event: kind,
    message: `${object} ${SERVICE_EVENTS[kind]}: ${reason}`,
    fields: {
      service: formatServiceId(service),
      name: name ?? null,
      server: server === undefined ? null : formatServerId(server),
      reason,
      weight: weight ?? null,
    },
  };
}
