import type { DaemonEvent } from "../../core/daemon/mod.ts";
import { formatDuration, formatServerId } from "../../core/model/mod.ts";
import { formatChange } from "./changes.ts";

/** An event of the daemon as one line of its log, without a time: journald and the like add their own. */
export function formatEvent(event: DaemonEvent): string {
  switch (event.kind) {
    case "health":
      return `${event.job.check.type} ${formatServerId(event.job.target)} is ${event.health}: ${event.reason}`;
    case "change":
      return formatChange(event.change);
    case "failure": {
      const reason = event.error instanceof Error ? event.error.message.replaceAll("\n", "; ") : String(event.error);
      return `${reason}; trying again in ${formatDuration(event.retryMs)}`;
    }
    case "loaded":
      return `watching ${event.services} virtual services with ${event.checks} checks`;
  }
}
