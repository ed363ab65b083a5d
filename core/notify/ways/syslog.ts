import {
  type NotificationEvent,
  SYSLOG_FACILITIES,
  type SyslogNotification,
  type VrrpEventKind,
} from "../../model/mod.ts";
import type { Message } from "../message.ts";
import { describeMessage } from "../wording.ts";
import type { Delivery, Dispatch, SenderContext } from "../delivery.ts";

/** Facility numbers (RFC 5424, table 1). */
const FACILITY_NUMBERS: Readonly<Record<(typeof SYSLOG_FACILITIES)[number], number>> = {
  user: 1,
  mail: 2,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};

/** Severities (RFC 5424, table 2) of the events: critical, error, warning, notice. */
const SEVERITIES: Readonly<Record<NotificationEvent | VrrpEventKind, number>> = {
  "quorum_down": 2,
  "server_down": 3,
  "fallback_on": 4,
  warning: 4,
  "server_up": 5,
  "quorum_up": 5,
  "fallback_off": 5,
  fault: 3,
  active: 5,
  backup: 5,
  released: 5,
  stop: 5,
};

/** Longest line that every syslog daemon accepts (RFC 3164, 4.1); bytes. */
const MAX_LINE_BYTES = 1024;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A timestamp of syslog (RFC 3164, 4.1.2), in the time zone of this machine: "Nov  3 04:05:06". */
function timestamp(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${time}`;
}

/** A line for the local log socket: as in RFC 3164, without the host name. */
export function syslogLine(
  message: Message,
  options: Pick<SyslogNotification<string>, "facility"> & Pick<SenderContext, "timeOfDay" | "pid">,
): Uint8Array {
  const { facility, timeOfDay, pid } = options;
  const priority = FACILITY_NUMBERS[facility] * 8 + SEVERITIES[message.event.kind];
  const text = `<${priority}>${timestamp(timeOfDay())} lvsctl[${pid}]: ${describeMessage(message)}`;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_LINE_BYTES) return bytes;
  let end = MAX_LINE_BYTES;
  // The line must not end within a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** Writes a line for each message to the system's log. */
export function sendBySyslog(
  { notification, messages }: Dispatch<SyslogNotification<string>>,
  context: SenderContext,
): Delivery {
  const { datagrams, logSocket } = context;
  for (const [index, message] of messages.entries()) {
    try {
      datagrams.send(logSocket, syslogLine(message, { ...context, ...notification }));
    } catch (error) {
      // The syslog daemon is restarting, or is overloaded.
      const text = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
      return { ok: false, left: messages.slice(index), reason: `${text}${code}` };
    }
  }
  return { ok: true };
}
