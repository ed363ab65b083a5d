import {
  type Change,
  type ChangeOperation,
  describeChange,
  formatDuration,
  type RealServer,
  requestedForward,
  type SyncDaemon,
  type VipChange,
  visible,
} from "../../core/model/mod.ts";
import { layOut } from "../terminal/columns.ts";
import type { Line, Style } from "../terminal/line.ts";
import { describeService } from "./table.ts";

/** A change as one line of a plan: "+" adds, "~" edits, "-" deletes. */
export function formatChange(change: Change): string {
  const { verb, object } = describeChange(change);
  const detail = describeDetail(change);
  return `${signOf(change.operation)} ${verb}${object === "" ? "" : ` ${object}`}${detail === "" ? "" : `: ${detail}`}`;
}

/** The colour of a change's line by its sign. */
const STYLES: Readonly<Record<string, Style>> = { "+": "added", "~": "changed", "-": "removed" };

/**
 * A line of a plan with the colour of its sign.
 *
 * @param options.width The largest width of a line; a wider one continues on the next. Undefined for any.
 */
export function formatChangeLine(
  text: string,
  { width }: { readonly width?: number | undefined },
): readonly Line[] {
  const style = text[1] === " " ? STYLES[text[0] ?? ""] : undefined;
  // A line of any width is one line: a boot script's log takes a hundred thousand such lines.
  if (width === undefined) return [style === undefined ? visible(text) : [{ text: visible(text), style }]];
  return layOut({ columns: [], rows: [{ text, indent: 4, style }] }, { width });
}

/** The sign of an operation: "+" adds, "~" edits, "-" deletes. */
export function signOf(operation: ChangeOperation | VipChange["operation"]): "+" | "~" | "-" {
  return /^(add|start)/.test(operation) ? "+" : /^(delete|stop|flush)/.test(operation) ? "-" : "~";
}

function describeDetail(change: Change): string {
  switch (change.operation) {
    case "addService":
    case "editService":
      return describeService(change.service);
    case "addServer":
    case "editServer":
      return describeServer(change.server);
    case "setTimeouts": {
      const { tcpSeconds, tcpFinSeconds, udpSeconds } = change.timeouts;
      return Object.entries({ tcp: tcpSeconds, "tcp-fin": tcpFinSeconds, udp: udpSeconds })
        .filter(([, seconds]) => seconds !== 0)
        .map(([name, seconds]) => `${name} ${formatDuration(seconds * 1000)}`).join(", ");
    }
    case "startSyncDaemon":
      return describeSyncDaemon(change.daemon);
    default:
      return "";
  }
}

function describeSyncDaemon({ syncId, maxLength, group, port, ttl }: SyncDaemon): string {
  const given = Object.entries({ "max length": maxLength, group, port, ttl }).filter(([, value]) =>
    value !== undefined
  );
  return [`sync id ${syncId}`, ...given.map(([name, value]) => `${name} ${value}`)].join(", ");
}

function describeServer(server: RealServer): string {
  const { forward, weight, tunnel, upperThreshold, lowerThreshold } = server;
  const words = [requestedForward(forward), `weight ${weight}`];
  if (forward === "tun" && tunnel.type !== "ipip") words.push(tunnel.type);
  if (upperThreshold !== 0) words.push(`upper threshold ${upperThreshold}`);
  if (lowerThreshold !== 0) words.push(`lower threshold ${lowerThreshold}`);
  return words.join(", ");
}
