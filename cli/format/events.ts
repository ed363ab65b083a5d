import type { DaemonEvent, DriftReaction } from "../../core/daemon/mod.ts";
import { formatDuration, formatServerId } from "../../core/model/mod.ts";
import type { LogRecord } from "../daemon_log.ts";
import { formatChange } from "./changes.ts";
import { changeJson } from "./json.ts";

/** What is done about a difference, before what would put it right. */
const DRIFT: Readonly<Record<DriftReaction, string>> = {
  repaired: "the table is not what it should be, and is put right",
  left: "the table is not what it should be, and is left so (see --repair)",
  "dry-run": "would be done",
};

/** An event of the daemon as the log tells it. */
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
        message: `watching ${services} virtual services with ${checks} checks`,
        fields: { services, checks },
      };
    }
  }
}
