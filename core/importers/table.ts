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

/** Seconds as a file has them. */
export function writeSeconds(seconds: number): string {
  return formatDuration(seconds * 1000);
}

function persistenceValue({ timeoutSeconds, netmask, engine }: Persistence, service: VirtualService): Value {
  const family = serviceFamily(service.id);
  const written = formatNetmask(family, netmask);
  return {
    timeout: writeSeconds(timeoutSeconds),
    netmask: netmask === fullNetmask(family) ? undefined : family === "ipv6" ? netmask : written,
    engine,
  };
}

/** What a file says of a service beside its servers. */
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
 * What a file says of a server.
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

/** The kernel's timeouts; one that is 0 is left as it is. */
export function timeoutsValue({ tcpSeconds, tcpFinSeconds, udpSeconds }: Timeouts): Value {
  const written = (seconds: number): string | undefined => seconds === 0 ? undefined : writeSeconds(seconds);
  return { tcp: written(tcpSeconds), tcp_fin: written(tcpFinSeconds), udp: written(udpSeconds) };
}

/** One of the kernel's sync daemons. */
export function syncDaemonValue(daemon: SyncDaemon): Value {
  const { role, interface: device, syncId, maxLength, group, port, ttl } = daemon;
  return { role, interface: device, sync_id: syncId, max_length: maxLength, group, port, ttl };
}
