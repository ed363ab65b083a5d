import { LvsctlError } from "../../errors/mod.ts";
import {
  type AddressFamily,
  DEFAULT_TUNNEL,
  defined,
  type ForwardingMethod,
  fullNetmask,
  type IpAddress,
  isIpAddress,
  parseDuration,
  parseNetmask,
  parsePrefix,
  parseSchedulerFlags,
  type Persistence,
  PROTOCOLS,
  type RealServer,
  serverObjections,
  type ServiceId,
  serviceObjections,
  type SyncDaemon,
  type Timeouts,
  TUNNEL_CHECKSUMS,
  TUNNEL_TYPES,
  type Vip,
  VIP_SCOPES,
  vipObjections,
  type VirtualService,
} from "../../model/mod.ts";
import {
  ALL_FORWARDING_METHODS,
  isKernelName,
  isMulticast,
  isWithin,
  MARK,
  PERSISTENCE,
  PORT,
  SERVER_PORT,
  SYNC_ID,
  SYNC_LENGTH,
  SYNC_TTL,
  THRESHOLD,
  TIMEOUT,
  WEIGHT,
} from "../schema/limits.ts";
import { readText, type ServerSettings, type ServiceSettings } from "./lines.ts";
import type { Range } from "../schema/types.ts";

// The values of canonical lines, from the parts of their patterns. Values that the full reader rejects must be rejected
// here also; the spelling does not matter here, because the caller writes the line again and compares.

/** A match of a pattern: the whole text, and its parts; a missing part is undefined. */
export type MatchParts = readonly (string | undefined)[];

/** Ends a reading; never leaves {@linkcode attempt}. */
class GiveUp extends Error {}

/** Ends the reading: {@linkcode attempt} returns `undefined`. */
export function giveUp(): never {
  throw new GiveUp();
}

/** The result of a reading, or undefined if it ended early or found an invalid value. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GiveUp || error instanceof LvsctlError) return undefined;
    throw error;
  }
}

function number(digits: string | undefined, range: Range): number {
  const value = Number(digits);
  return isWithin(value, range) ? value : giveUp();
}

function seconds(written: string, range: Range): number {
  return number(String(parseDuration(written) / 1000), range);
}

function word<T extends string>(text: string | undefined, words: readonly T[]): T {
  return words.find((candidate) => candidate === text) ?? giveUp();
}

function address(text = ""): IpAddress {
  return isIpAddress(text) ? text : giveUp();
}

function kernelName(written = ""): string {
  const text = readText(written);
  return text !== undefined && isKernelName(text) ? text : giveUp();
}

/** The timeouts. */
export function canonicalTimeouts(parts: MatchParts): Timeouts {
  const [, tcp, tcpFin, udp] = parts;
  return {
    tcpSeconds: tcp === undefined ? 0 : seconds(tcp, TIMEOUT),
    tcpFinSeconds: tcpFin === undefined ? 0 : seconds(tcpFin, TIMEOUT),
    udpSeconds: udp === undefined ? 0 : seconds(udp, TIMEOUT),
  };
}

function multicast(text: string): IpAddress {
  const group = address(text);
  return isMulticast(group) ? group : giveUp();
}

/** One sync daemon. */
export function canonicalSyncDaemon(parts: MatchParts): SyncDaemon {
  const [, role, device, syncId, maxLength, group, port, ttl] = parts;
  return defined({
    role: word(role, ["master", "backup"] as const),
    interface: kernelName(device),
    syncId: number(syncId, SYNC_ID),
    maxLength: maxLength === undefined ? undefined : number(maxLength, SYNC_LENGTH),
    group: group === undefined ? undefined : multicast(group),
    port: port === undefined ? undefined : number(port, PORT),
    ttl: ttl === undefined ? undefined : number(ttl, SYNC_TTL),
  });
}

/** One VIP. */
export function canonicalVip(parts: MatchParts): Vip {
  const [, host = "", length = "", device, label, scope, dad, prefixRoute] = parts;
  const { address: parsed, prefixLength } = parsePrefix(`${host}/${length}`);
  const vip: Vip = defined({
    address: parsed,
    prefixLength,
    device: kernelName(device),
    label: label === undefined ? undefined : readText(label) ?? giveUp(),
    scope: scope === undefined ? "global" : word(scope, VIP_SCOPES),
    dad: dad !== undefined,
    prefixRoute: prefixRoute === undefined,
  });
  return vipObjections(vip).length > 0 ? giveUp() : vip;
}

/** The identity of a service. */
export function canonicalServiceId(parts: MatchParts): ServiceId {
  const mark = parts[6];
  if (mark !== undefined) {
    return { kind: "fwmark", family: parts[5] === "6" ? "ipv6" : "ipv4", mark: number(mark, MARK) };
  }
  const protocol = word(parts[1], PROTOCOLS);
  return { kind: "endpoint", protocol, address: address(parts[2] ?? parts[3]), port: number(parts[4], SERVER_PORT) };
}

/** The settings of a service: all except its address and its servers. */
export function canonicalSettings(parts: MatchParts, family: AddressFamily): ServiceSettings {
  const [, writtenScheduler, flags, forward, timeout, netmask, engine, onePacket] = parts;
  const scheduler = kernelName(writtenScheduler);
  const persistence: Persistence | undefined = timeout === undefined ? undefined : defined({
    timeoutSeconds: seconds(timeout, PERSISTENCE),
    netmask: netmask === undefined ? fullNetmask(family) : parseNetmask(family, netmask),
    engine: engine === undefined ? undefined : kernelName(engine),
  });
  return {
    scheduler,
    schedulerFlags: flags === undefined ? 0 : parseSchedulerFlags(scheduler, flags.split(", ")),
    forward: forward === undefined ? undefined : word(forward, ALL_FORWARDING_METHODS),
    persistence,
    onePacket: onePacket !== undefined,
  };
}

/** The whole service. */
export function canonicalService(id: ServiceId, settings: ServiceSettings): VirtualService {
  const { scheduler, schedulerFlags, persistence, onePacket } = settings;
  const service: VirtualService = persistence === undefined
    ? { id, scheduler, schedulerFlags, onePacket }
    : { id, scheduler, schedulerFlags, persistence, onePacket };
  if (serviceObjections(service).length > 0) giveUp();
  return service;
}

/** The settings of a server: all except its address and port; `inherited` is the service's forwarding method. */
export function canonicalServerSettings(parts: MatchParts, inherited: ForwardingMethod | undefined): ServerSettings {
  const [, weight, forward, upper, lower, type, port, checksum = DEFAULT_TUNNEL.checksum] = parts;
  return {
    forward: forward === undefined ? inherited ?? giveUp() : word(forward, ALL_FORWARDING_METHODS),
    weight: weight === undefined ? 1 : number(weight, WEIGHT),
    upperThreshold: upper === undefined ? 0 : number(upper, THRESHOLD),
    lowerThreshold: lower === undefined ? 0 : number(lower, THRESHOLD),
    tunnel: type === undefined ? DEFAULT_TUNNEL : {
      type: word(type, TUNNEL_TYPES),
      port: port === undefined ? 0 : number(port, PORT),
      checksum: word(checksum, TUNNEL_CHECKSUMS),
    },
  };
}

/** The whole server, in its service. */
export function canonicalServer(
  parts: MatchParts,
  options: { readonly id: ServiceId; readonly settings: ServerSettings },
): RealServer {
  const { forward, weight, upperThreshold, lowerThreshold, tunnel } = options.settings;
  const server: RealServer = {
    address: address(parts[1] ?? parts[3]),
    port: number(parts[2] ?? parts[4], SERVER_PORT),
    forward,
    weight,
    upperThreshold,
    lowerThreshold,
    tunnel,
  };
  if (serverObjections(options.id, server).length > 0) giveUp();
  return server;
}
