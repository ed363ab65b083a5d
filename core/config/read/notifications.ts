import {
  type AnyNotification,
  defined,
  type Notification,
  NOTIFICATION_EVENTS,
  VRRP_EVENTS,
  type VrrpNotification,
} from "../../model/mod.ts";
import type { NOTIFICATION, VRRP_NOTIFICATION } from "../schema/notification_schema.ts";
import type { SectionOf } from "../schema/types.ts";
import { readTls, reportRelative } from "./check_parts.ts";

const DEFAULT_MAIL_SERVER = { host: "localhost", port: 25 };

/** What a notification sends, and where, without the events that cause it and its deadline. */
type Receiver = WithoutCommon<AnyNotification>;

type WithoutCommon<N> = N extends AnyNotification ? Omit<N, "on" | "repeatMs" | "timeoutMs"> : never;

/** Reads a receiver of events of services and servers. */
export function readNotification(written: SectionOf<typeof NOTIFICATION>): Notification {
  const { on = NOTIFICATION_EVENTS, repeat: repeatMs, timeout: timeoutMs } = written.section.values;
  return { ...readReceiver(written), ...defined({ on: [...new Set(on)], repeatMs, timeoutMs }) };
}

/** Reads a receiver of events of a virtual router or a group. */
export function readVrrpNotification(written: SectionOf<typeof VRRP_NOTIFICATION>): VrrpNotification {
  const { on = VRRP_EVENTS, timeout: timeoutMs } = written.section.values;
  return { ...readReceiver(written), on: [...new Set(on)], timeoutMs };
}

function readReceiver(written: SectionOf<typeof NOTIFICATION> | SectionOf<typeof VRRP_NOTIFICATION>): Receiver {
  switch (written.type) {
    case "exec": {
      const { command = [] } = written.section.values;
      reportRelative(written.section, command);
      return { type: written.type, command };
    }
    case "webhook": {
      const { url = "", headers = [], tls } = written.section.values;
      if (tls !== undefined && url.startsWith("http:")) {
        written.section.report(["tls", "url"], "tls is allowed only with an https URL");
      }
      return { type: written.type, url, headers, tls: readTls(tls) };
    }
    case "mail": {
      const { to = [], from, server = DEFAULT_MAIL_SERVER, start_tls: startTls, tls } = written.section.values;
      if (tls !== undefined && startTls !== "required") {
        written.section.report(["tls"], "tls is allowed only with start_tls: required");
      }
      const { host, port } = server;
      return { type: written.type, to, from, host, port, startTls, tls: readTls(tls) };
    }
    case "syslog":
      return { type: written.type, facility: written.section.values.facility };
  }
}
