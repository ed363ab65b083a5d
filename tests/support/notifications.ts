import { OPEN_HANDLES } from "../../core/ffi/open_handles.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import {
  DEFAULT_QUORUM,
  DEFAULT_TLS,
  defined,
  type DesiredService,
  type ExecNotification,
  type IpAddress,
  type MailNotification,
  type Notification,
  NOTIFICATION_EVENTS,
  type NotificationEvent,
  parseEndpoint,
  parseIpAddress,
  parseServiceId,
  type ServiceEvent,
  type SyslogNotification,
  type VrrpEventKind,
  type VrrpStateEvent,
  type WebhookNotification,
} from "../../core/model/mod.ts";
import { type Message, messagesOf, type NotifiedEvent } from "../../core/notify/message.ts";
import { openNetwork } from "../../core/system/network.ts";
import { realServer, virtualService } from "./samples.ts";
import type { SenderContext } from "../../core/notify/delivery.ts";

/** 2026-11-03 04:05:06 UTC. */
export const NOON: number = Date.UTC(2026, 10, 3, 4, 5, 6);

const COMMON = { on: NOTIFICATION_EVENTS, timeoutMs: 10_000 } as const;

/** A notification by mail. */
export function mail(change: Partial<MailNotification> = {}): MailNotification {
  return {
    type: "mail",
    to: ["ops@example.org"],
    from: "lvsctl@example.org",
    host: "mail.example",
    port: 25,
    startTls: "opportunistic",
    tls: DEFAULT_TLS,
    ...COMMON,
    ...change,
  };
}

/** A notification by command. */
export function exec(command: readonly string[], change: Partial<ExecNotification> = {}): ExecNotification {
  return { type: "exec", command, ...COMMON, ...change };
}

/** A notification by webhook. */
export function webhook(url: string, change: Partial<WebhookNotification> = {}): WebhookNotification {
  return { type: "webhook", url, headers: [], tls: DEFAULT_TLS, ...COMMON, ...change };
}

/** A notification by syslog. */
export function syslog(change: Partial<SyslogNotification> = {}): SyslogNotification {
  return { type: "syslog", facility: "daemon", ...COMMON, ...change };
}

/** An event of a service, by default "tcp://192.0.2.10:80", and optionally of a server. */
export function event(
  kind: NotificationEvent,
  options: { service?: string; name?: string; server?: string; reason?: string; at?: number; weight?: number } = {},
): ServiceEvent {
  const { service = "tcp://192.0.2.10:80", server, name, weight, reason = "connection refused", at = NOON } = options;
  return defined({
    kind,
    service: parseServiceId(service),
    name,
    server: server === undefined ? undefined : parseEndpoint(server),
    weight,
    reason,
    at,
  });
}

/** An event of an instance of VRRP, by default "edge". */
export function stateEvent(kind: VrrpEventKind, change: Partial<VrrpStateEvent> = {}): VrrpStateEvent {
  const reason = "10.0.0.2 has stopped";
  return {
    kind,
    subject: "instance",
    name: "edge",
    reason,
    priority: 90,
    device: "eth0",
    vrid: 51,
    at: NOON,
    ...change,
  };
}

/** Messages of events. */
export function messages(...events: readonly NotifiedEvent[]): readonly Message[] {
  return messagesOf(events.map((each) => ({ event: each, isRepeated: false })));
}

/** A service with servers and notifications. */
export function notifying(
  id: string,
  options: { readonly servers: readonly string[]; readonly notify: readonly Notification[] },
): DesiredService {
  return {
    service: virtualService(id),
    servers: options.servers.map((server) => realServer(server)),
    notify: options.notify,
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
  };
}

/** The real system with a resolver for `addresses`. Disposing of it throws if a socket or a TLS session is left open. */
export function realSurroundings(
  options: Partial<SenderContext> & { readonly addresses?: Readonly<Record<string, readonly string[]>> } = {},
): SenderContext & AsyncDisposable {
  const { addresses = {}, ...rest } = options;
  const network = openNetwork();
  return {
    clock: SYSTEM_CLOCK,
    timeOfDay: () => NOON,
    network,
    hosts: {
      find: (name: string) => {
        const known = addresses[name] ?? (/^[\d.]+$|:/.test(name) ? [name] : undefined);
        return Promise.resolve(
          known === undefined
            ? { failure: "Name or service not known (EAI_NONAME)" }
            : { addresses: known.map((address): IpAddress => parseIpAddress(address)) },
        );
      },
    },
    datagrams: {
      send: (): void => {
        throw new Error("Unexpected datagram");
      },
    },
    hostname: "lb1.example",
    pid: 42,
    logSocket: "/nowhere",
    ...rest,
    [Symbol.asyncDispose]: async () => {
      await network[Symbol.asyncDispose]();
      const left = [OPEN_HANDLES.networkSockets, OPEN_HANDLES.tlsSessions];
      if (left.some((count) => count > 0)) throw new Error(`sockets or TLS sessions are left open: ${left}`);
    },
  };
}
