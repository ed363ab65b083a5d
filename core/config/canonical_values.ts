import { LvsctlError } from "../errors/mod.ts";
import {
  DEFAULT_TUNNEL,
  type ForwardingMethod,
  fullNetmask,
  isIpAddress,
  parseDuration,
  parseNetmask,
  parseSchedulerFlags,
  parseServiceId,
  type Persistence,
  type RealServer,
  serverObjections,
  serviceFamily,
  type ServiceId,
  serviceObjections,
  type SyncDaemon,
  type Timeouts,
  type Tunnel,
  TUNNEL_CHECKSUMS,
  TUNNEL_TYPES,
  type VirtualService,
} from "../model/mod.ts";
import {
  ALL_FORWARDING_METHODS,
  isKernelName,
  isMulticast,
  isWithin,
  PERSISTENCE,
  PORT,
  SERVER_PORT,
  SYNC_ID,
  SYNC_LENGTH,
  SYNC_TTL,
  THRESHOLD,
  TIMEOUT,
  WEIGHT,
} from "./limits.ts";
import { readText } from "./lines.ts";
import type { Range } from "./types.ts";

// What a line of the canonical form says, out of the parts that its pattern found. Everything that a full reading
// would refuse has to be refused here too; the spelling does not matter here, for the line is written again.

/** What a pattern found: the whole, and its parts; a part that is not there is undefined. */
export type Parts = readonly (string | undefined)[];

/** Thrown out of a reading that gives up; never leaves {@linkcode attempt}. */
class GiveUp extends Error {}

/** Leaves the reading: {@linkcode attempt} makes `undefined` of it. */
export function giveUp(): never {
  throw new GiveUp();
}

/** The result of a reading, or undefined where it gave up or met something that is not valid. */
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

function kernelName(written = ""): string {
  const text = readText(written);
  return text !== undefined && isKernelName(text) ? text : giveUp();
}

/** The timeouts. */
export function canonicalTimeouts(parts: Parts): Timeouts {
  const [, tcp, tcpFin, udp] = parts;
  return {
    tcpSeconds: tcp === undefined ? 0 : seconds(tcp, TIMEOUT),
    tcpFinSeconds: tcpFin === undefined ? 0 : seconds(tcpFin, TIMEOUT),
    udpSeconds: udp === undefined ? 0 : seconds(udp, TIMEOUT),
  };
}

/** One sync daemon. */
export function canonicalSyncDaemon(parts: Parts): SyncDaemon {
  const [, role, device, syncId, maxLength, group, port, ttl] = parts;
  if (group !== undefined && !(isIpAddress(group) && isMulticast(group))) giveUp();
  return {
    role: word(role, ["master", "backup"]),
    interface: kernelName(device),
    syncId: number(syncId, SYNC_ID),
    ...(maxLength === undefined ? {} : { maxLength: number(maxLength, SYNC_LENGTH) }),
    ...(group === undefined ? {} : { group }),
    ...(port === undefined ? {} : { port: number(port, PORT) }),
    ...(ttl === undefined ? {} : { ttl: number(ttl, SYNC_TTL) }),
  };
}

/** A service, without its servers. */
export function canonicalService(parts: Parts): VirtualService {
  const [, listen = "", writtenScheduler, flags, , timeout, netmask, engine, onePacket] = parts;
  const id = parseServiceId(listen);
  const family = serviceFamily(id);
  const scheduler = kernelName(writtenScheduler);
  const persistence: Persistence | undefined = timeout === undefined ? undefined : {
    timeoutSeconds: seconds(timeout, PERSISTENCE),
    netmask: netmask === undefined ? fullNetmask(family) : parseNetmask(family, netmask),
    ...(engine === undefined ? {} : { engine: kernelName(engine) }),
  };
  const service: VirtualService = {
    id,
    scheduler,
    schedulerFlags: flags === undefined ? 0 : parseSchedulerFlags(scheduler, flags.split(", ")),
    ...(persistence === undefined ? {} : { persistence }),
    onePacket: onePacket !== undefined,
  };
  if (serviceObjections(service).length > 0) giveUp();
  return service;
}

/** The forwarding method of a service's servers; undefined where the service has none for all of them. */
export function canonicalForward(written: string | undefined): ForwardingMethod | undefined {
  return written === undefined ? undefined : word(written, ALL_FORWARDING_METHODS);
}

function canonicalTunnel(parts: Parts): Tunnel {
  const [, , , , , , , , type, port, checksum = DEFAULT_TUNNEL.checksum] = parts;
  if (type === undefined) return DEFAULT_TUNNEL;
  return {
    type: word(type, TUNNEL_TYPES),
    port: port === undefined ? 0 : number(port, PORT),
    checksum: word(checksum, TUNNEL_CHECKSUMS),
  };
}

/** One real server of a service, whose forwarding method may be that of all the service's servers. */
export function canonicalServer(
  parts: Parts,
  options: { readonly id: ServiceId; readonly inherited: ForwardingMethod | undefined },
): RealServer {
  const address = parts[1] ?? parts[2] ?? "";
  if (!isIpAddress(address)) giveUp();
  const [weight, upper, lower] = [parts[4], parts[6], parts[7]];
  const server: RealServer = {
    address,
    port: number(parts[3], SERVER_PORT),
    forward: canonicalForward(parts[5]) ?? options.inherited ?? giveUp(),
    weight: weight === undefined ? 1 : number(weight, WEIGHT),
    upperThreshold: upper === undefined ? 0 : number(upper, THRESHOLD),
    lowerThreshold: lower === undefined ? 0 : number(lower, THRESHOLD),
    tunnel: canonicalTunnel(parts),
  };
  if (serverObjections(options.id, server).length > 0) giveUp();
  return server;
}
