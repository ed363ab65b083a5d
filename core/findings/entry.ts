import { formatServerId, type RealServer, type ServiceId, type VirtualService } from "../model/mod.ts";
import { listenFindings, serverAddressFindings, specialRange } from "./addresses.ts";
import { chainFindings, type ServiceLookup } from "./chain.ts";
import type { ServiceFinding } from "./finding.ts";

/** A virtual service and its real servers, as the kernel's table or a file has them. */
export interface Entry {
  /** Identity and scheduling. */
  readonly service: VirtualService;
  /** The real servers. */
  readonly servers: readonly RealServer[];
  /** The server of last resort; undefined without one. */
  readonly fallback?: RealServer | undefined;
}

/** Further knowledge about a service. */
export interface EntryOptions {
  /**
   * Whether these are all of the service's servers.
   *
   * @default {true}
   */
  readonly isComplete?: boolean;
  /** Why a server can get weight 0 later, as a sentence; undefined if it cannot. */
  readonly weightZero?: string | undefined;
  /** Finds other services of the table; undefined if they are unknown. */
  readonly isService?: ServiceLookup | undefined;
}

/** The findings that a table entry alone shows; cheap, because every command that changes one server asks for them. */
export function entryFindings(entry: Entry, options: EntryOptions = {}): ServiceFinding[] {
  const { service, servers, fallback } = entry;
  const { isComplete = true, weightZero, isService } = options;
  const all = fallback === undefined ? servers : [...servers, fallback];
  return [
    ...listenFindings(service.id),
    ...(isComplete ? capacityFindings(entry) : []),
    ...serverAddressFindings(service.id, all),
    ...(isService === undefined ? [] : chainFindings(service.id, all, { isService })),
    ...portFindings(service.id, all),
    ...thresholdFindings(all),
    ...weightFindings(entry),
    ...hashFindings(entry, weightZero),
    ...turnFindings(entry),
    ...onePacketFindings(service, all),
  ];
}

/**
 * Whether a service with these servers can have findings, apart from those about its other servers and other services.
 * False is certain, and known much faster than by {@linkcode entryFindings}: of thousands of servers few have any.
 */
export function canHaveFindings({ service, servers }: Pick<Entry, "service" | "servers">): boolean {
  const { id, scheduler, onePacket } = service;
  const [first] = servers;
  // The weights matter where they differ, and to mh where one is large.
  const weighs = weightedInstead(scheduler) !== undefined || scheduler === "mh";
  const listens = id.kind === "endpoint" && specialRange(id.address) !== undefined;
  return listens || (onePacket && first !== undefined) ||
    servers.some(({ address, forward, weight, upperThreshold }) =>
      forward !== "nat" || weight === 0 || upperThreshold !== 0 || (weighs && weight !== first?.weight) ||
      specialRange(address) !== undefined
    );
}

/** Services without a server that gets connections. */
function capacityFindings({ servers, fallback }: Entry): ServiceFinding[] {
  if (servers.length === 0) {
    const rest = fallback === undefined ? "every connection fails" : "only its fallback gets connections";
    return [{ code: "no-servers", message: `the service has no servers: ${rest}`, key: "servers" }];
  }
  if (servers.some(({ weight }) => weight > 0)) return [];
  const message = "every server has weight 0: no server gets new connections";
  return [{ code: "weights-zero", message, key: "servers" }];
}

/** Ports that have no effect, because dr and tun leave the port of a packet as it is. */
function portFindings(id: ServiceId, servers: readonly RealServer[]): ServiceFinding[] {
  const servicePort = id.kind === "endpoint" ? id.port : 0;
  const groups = servicePort === 0 ? Map.groupBy(servers, ({ address }) => address) : undefined;
  return servers.flatMap((server): ServiceFinding[] => {
    const { address, port, forward } = server;
    if (forward !== "dr" && forward !== "tun") return [];
    const before = `${forward} does not change the port: ${formatServerId(server)} gets connections at`;
    if (servicePort !== 0) {
      if (port === servicePort) return [];
      return [{ code: "port-ignored", message: `${before} port ${servicePort}`, key: "address", server }];
    }
    // Where a service has many ports, its check uses the port of a server: only a second entry is a mistake.
    const same = groups?.get(address) ?? [];
    const other = same.slice(0, same.indexOf(server)).find((one) => one.port !== port);
    if (other === undefined) return [];
    const message = `${before} the ports that clients ask, as ${formatServerId(other)} does`;
    return [{ code: "port-ignored", message, key: "address", server }];
  });
}

function thresholdFindings(servers: readonly RealServer[]): ServiceFinding[] {
  return servers.flatMap((server): ServiceFinding[] => {
    const { upperThreshold, lowerThreshold } = server;
    if (upperThreshold === 0 || lowerThreshold !== upperThreshold) return [];
    const message = `equal thresholds of ${upperThreshold} take the server in and out of service with every connection`;
    return [{ code: "thresholds-equal", message, key: "lower_threshold", server }];
  });
}

/** Schedulers that ignore weights. */
const WEIGHTLESS: ReadonlySet<string> = new Set(["rr", "lc", "dh"]);

/** The scheduler with the same method that uses weights; undefined if a scheduler uses them. */
export function weightedInstead(scheduler: string): string | undefined {
  return !WEIGHTLESS.has(scheduler) ? undefined : scheduler === "dh" ? "sh or mh" : `w${scheduler}`;
}

/** Different weights that a scheduler ignores, reported once; equal weights have the effect that they ask for. */
function weightFindings({ service: { scheduler }, servers }: Entry): ServiceFinding[] {
  const instead = weightedInstead(scheduler);
  if (instead === undefined) return [];
  const lightest = servers.reduce((least, { weight }) => weight > 0 ? Math.min(least, weight) : least, Infinity);
  const server = servers.find(({ weight }) => weight > lightest);
  if (server === undefined) return [];
  const message = `the scheduler ${scheduler} ignores the weight ${server.weight}, which differs from ${lightest} of ` +
    `other servers; use ${instead}`;
  return [{ code: "weight-ignored", message, key: "weight", server }];
}

/** The schedulers that choose by a hash, and what lets them choose again if the chosen server takes no connections. */
const HASHING: Readonly<Record<string, string | undefined>> = {
  sh: "set its flag sh-fallback",
  mh: "set its flag mh-fallback",
  dh: "use mh with the flag mh-fallback, because dh has no such flag",
};

/** The bit of sh-fallback and mh-fallback. */
const FALLBACK_FLAG = 1;

/** A scheduler that refuses the clients whose hash chooses a server of weight 0, or one at its upper threshold. */
function hashFindings(
  { service: { scheduler, schedulerFlags }, servers }: Entry,
  weightZero: string | undefined,
): ServiceFinding[] {
  const remedy = HASHING[scheduler];
  if (remedy === undefined || (scheduler !== "dh" && (schedulerFlags & FALLBACK_FLAG) !== 0)) return [];
  const cause = hashCause(servers) ?? weightZero;
  if (cause === undefined) return [];
  const message = `the scheduler ${scheduler} refuses the clients whose hash chooses a server that takes no ` +
    `connections: ${cause}`;
  return [{ code: "hash-refuses", message, remedy, key: "scheduler" }];
}

function hashCause(servers: readonly RealServer[]): string | undefined {
  const quiesced = servers.find(({ weight }) => weight === 0);
  if (quiesced !== undefined) return `${formatServerId(quiesced)} has weight 0`;
  const limited = servers.find(({ upperThreshold }) => upperThreshold > 0);
  return limited === undefined ? undefined : `${formatServerId(limited)} has an upper threshold`;
}

/** The most turns of a server in the table of mh. */
const MOST_TURNS = 63;

/** Weights that mh rounds, because their common divisor leaves numbers that are too large. */
function turnFindings({ service: { scheduler }, servers }: Entry): ServiceFinding[] {
  if (scheduler !== "mh") return [];
  const weights = servers.map(({ weight }) => weight).filter((weight) => weight > 0);
  const divisor = weights.reduce((a, b) => greatestCommonDivisor(a, b), 0);
  const largest = weights.reduce((a, b) => Math.max(a, b), 0);
  const server = servers.find(({ weight }) => weight === largest);
  if (server === undefined || divisor === 0 || largest / divisor <= MOST_TURNS) return [];
  const message = `the scheduler mh rounds weights whose largest one is more than ${MOST_TURNS} times their common ` +
    `divisor: ${largest} is ${largest / divisor} times ${divisor}`;
  const remedy = `use small weights, ${MOST_TURNS} at most`;
  return [{ code: "weights-rounded", message, remedy, key: "weight", server }];
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Answers of nat servers that keep their own addresses, because no connection entry translates them back. */
function onePacketFindings({ onePacket }: VirtualService, servers: readonly RealServer[]): ServiceFinding[] {
  const server = onePacket ? servers.find(({ forward }) => forward === "nat") : undefined;
  if (server === undefined) return [];
  const message =
    `with one-packet scheduling the answers of nat servers come from their own addresses, as ${
      formatServerId(server)
    }:` +
    " clients that connect their socket do not get them";
  return [{ code: "one-packet-nat", message, remedy: "use dr or tun if clients expect answers", key: "one_packet" }];
}
