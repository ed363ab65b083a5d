import {
  DEFAULT_TUNNEL,
  formatDuration,
  formatNetmask,
  formatSchedulerFlags,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  fullNetmask,
  type Persistence,
  type RealServer,
  serviceFamily,
  type SyncDaemon,
  type Timeouts,
  type VirtualService,
} from "../model/mod.ts";
import type { Entry, Value } from "./document.ts";

/** Formats seconds for a configuration file. */
export function writeSeconds(seconds: number): string {
  return formatDuration(seconds * 1000);
}

function persistenceValue({ timeoutSeconds, netmask, engine }: Persistence, service: VirtualService): Value {
  const family = serviceFamily(service.id);
  const isFull = netmask === fullNetmask(family);
  return {
    timeout: writeSeconds(timeoutSeconds),
    netmask: isFull ? undefined : family === "ipv6" ? netmask : formatNetmask(family, netmask),
    engine,
  };
}

/** The keys of a service, except its servers. */
export function serviceEntries(
  service: VirtualService,
  options: { readonly forward?: ForwardingMethod | undefined } = {},
): Entry[] {
  const { id, scheduler, schedulerFlags, persistence, onePacket } = service;
  const flags = formatSchedulerFlags(scheduler, schedulerFlags);
  const { forward } = options;
  return [
    { key: "listen", value: formatServiceId(id), essential: true },
    { key: "scheduler", value: scheduler },
    ...(flags.length === 0 ? [] : [{ key: "scheduler_flags", value: flags }]),
    ...(forward === undefined ? [] : [{ key: "forward", value: forward }]),
    ...(persistence === undefined ? [] : [{ key: "persistence", value: persistenceValue(persistence, service) }]),
    ...(onePacket ? [{ key: "one_packet", value: true }] : []),
  ];
}

/**
 * The value of a server.
 *
 * @param options.inherited The forwarding method of its service.
 */
export function serverValue(
  server: RealServer,
  options: { readonly inherited?: ForwardingMethod | undefined } = {},
): Value {
  const { forward, weight, upperThreshold, lowerThreshold, tunnel } = server;
  const { type, port, checksum } = tunnel;
  const isPlain = type === DEFAULT_TUNNEL.type && port === DEFAULT_TUNNEL.port && checksum === DEFAULT_TUNNEL.checksum;
  const settings = {
    weight: weight === 1 ? undefined : weight,
    forward: forward === options.inherited ? undefined : forward,
    "upper_threshold": upperThreshold === 0 ? undefined : upperThreshold,
    "lower_threshold": lowerThreshold === 0 ? undefined : lowerThreshold,
    tunnel: forward !== "tun" || isPlain ? undefined : {
      type,
      port: port === 0 ? undefined : port,
      checksum: checksum === DEFAULT_TUNNEL.checksum ? undefined : checksum,
    },
  };
  const address = formatServerId(server);
  return Object.values(settings).every((value) => value === undefined) ? address : { address, ...settings };
}

/** The value of the kernel's timeouts; 0 means unchanged and is omitted. */
export function timeoutsValue({ tcpSeconds, tcpFinSeconds, udpSeconds }: Timeouts): Value {
  const format = (seconds: number): string | undefined => seconds === 0 ? undefined : writeSeconds(seconds);
  return { tcp: format(tcpSeconds), tcp_fin: format(tcpFinSeconds), udp: format(udpSeconds) };
}

/** The value of a sync daemon of the kernel. */
export function syncDaemonValue(daemon: SyncDaemon): Value {
  const { role, interface: device, syncId, maxLength, group, port, ttl } = daemon;
  return { role, interface: device, sync_id: syncId, max_length: maxLength, group, port, ttl };
}
