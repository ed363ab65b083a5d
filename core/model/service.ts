import { EXIT, LvsctlError } from "../errors/mod.ts";
import {
  type AddressFamily,
  addressFamily,
  addressSortKey,
  compareSortKeys,
  formatEndpoint,
  type IpAddress,
  parseEndpoint,
} from "./address.ts";
import { ipv4Value } from "./address_words.ts";

/** Transport protocols that IPVS balances. */
export const PROTOCOLS = ["tcp", "udp", "sctp"] as const;

/** One of {@linkcode PROTOCOLS}. */
export type Protocol = (typeof PROTOCOLS)[number];

/** Identity of a virtual service: it cannot be edited, and does not include the scheduler. */
export type ServiceId =
  | {
    readonly kind: "endpoint";
    readonly protocol: Protocol;
    readonly address: IpAddress;
    /** 0 stands for every port; such a service must be persistent. */
    readonly port: number;
  }
  | {
    readonly kind: "fwmark";
    readonly family: AddressFamily;
    /** Firewall mark, 1 to 4294967295. */
    readonly mark: number;
  };

/** Sends a client's connections to the same real server for a while. */
export interface Persistence {
  /** How long a client is remembered after its last connection; seconds, at least 1. */
  readonly timeoutSeconds: number;
  /**
   * Clients with the same address under this mask count as one: a netmask as a number for IPv4 (0xffffff00 is
   * 255.255.255.0, any pattern of bits), a prefix length for IPv6.
   */
  readonly netmask: number;
  /** Persistence engine, as "sip". */
  readonly engine?: string;
}

/** A virtual service: its identity and its scheduling. */
export interface VirtualService {
  /** Identity. */
  readonly id: ServiceId;
  /** Name of the kernel's scheduler: "wlc", "rr", "mh" ..., or any other that the kernel has. */
  readonly scheduler: string;
  /** The scheduler's flags 1 to 3, as bits 0 to 2; their meaning depends on the scheduler. */
  readonly schedulerFlags: number;
  /** Persistence, if the service is persistent. */
  readonly persistence?: Persistence;
  /** One-packet scheduling: each UDP packet is scheduled separately. */
  readonly onePacket: boolean;
  /**
   * Persistence engine of a service that is not persistent, where it has no effect: ipvsadm can set one, and prints it.
   * Files and plans omit it.
   */
  readonly idleEngine?: string;
}

/** The schedulers of Linux up to 6.12; a kernel can have others, from modules that it does not come with. */
export const SCHEDULERS: readonly string[] = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "lblcr",
  "dh",
  "sh",
  "sed",
  "nq",
  "fo",
  "ovf",
  "mh",
  "twos",
];

/** Default scheduler, the same as ipvsadm's. */
export const DEFAULT_SCHEDULER = "wlc";

/** Default persistence timeout, the same as ipvsadm's; seconds. */
export const DEFAULT_PERSISTENCE_SECONDS = 360;

/** Longest persistence timeout that ipvsadm and lvsctl accept (31 days); seconds. */
export const MAX_PERSISTENCE_SECONDS = 31 * 86400;

/** Internet protocol version of the service. */
export function serviceFamily(id: ServiceId): AddressFamily {
  return id.kind === "fwmark" ? id.family : addressFamily(id.address);
}

/** The netmask that distinguishes all clients. */
export function fullNetmask(family: AddressFamily): number {
  return family === "ipv4" ? 0xffffffff : 128;
}

/** The service's name, the same for equal ids: "tcp://192.0.2.10:80", "fwmark6:5". */
export function formatServiceId(id: ServiceId): string {
  return id.kind === "fwmark"
    ? `fwmark${id.family === "ipv6" ? "6" : ""}:${id.mark}`
    : `${id.protocol}://${formatEndpoint(id.address, id.port)}`;
}

/**
 * Reads a service's name: `tcp://ADDR:PORT`, `udp://`, `sctp://`, `fwmark:N`, `fwmark6:N`.
 *
 * @throws {LvsctlError} If the text has another form.
 */
export function parseServiceId(text: string): ServiceId {
  const refuse = (reason: string, hint: string): LvsctlError => new LvsctlError(reason, { hint, exitCode: EXIT.usage });
  const mark = /^fwmark(6?):(.*)$/.exec(text);
  if (mark !== null) {
    const [, six, digits = ""] = mark;
    const value = Number(digits);
    if (!/^\d{1,10}$/.test(digits) || value < 1 || value > 0xffffffff) {
      throw refuse(`"${digits}" is not a firewall mark`, "a firewall mark is a number from 1 to 4294967295");
    }
    return { kind: "fwmark", family: six === "6" ? "ipv6" : "ipv4", mark: value };
  }
  const forms = "write tcp://ADDRESS:PORT, udp://ADDRESS:PORT, sctp://ADDRESS:PORT, fwmark:MARK or fwmark6:MARK";
  const url = /^([a-z0-9]+):\/\/(.*)$/.exec(text);
  if (url === null) throw refuse(`"${text}" is not a virtual service`, forms);
  const [, scheme, rest = ""] = url;
  const protocol = PROTOCOLS.find((name) => name === scheme);
  if (protocol === undefined) throw refuse(`"${scheme}" is not a protocol that IPVS balances`, forms);
  return { kind: "endpoint", protocol, ...parseEndpoint(rest) };
}

/** Text that sorts like the services, in the order of {@linkcode compareServiceIds}. */
export function serviceSortKey(id: ServiceId): string {
  if (id.kind === "fwmark") return "1" + String.fromCharCode(id.mark >>> 16, id.mark & 0xffff) + id.family;
  return `0${PROTOCOLS.indexOf(id.protocol)}${addressSortKey(id.address)}${String.fromCharCode(id.port)}`;
}

/** Orders services: addresses before firewall marks; then protocol, address and port, or mark and family. */
export function compareServiceIds(a: ServiceId, b: ServiceId): number {
  return compareSortKeys(serviceSortKey(a), serviceSortKey(b));
}

// A map, because a scheduler's name can be any text: an object would have "constructor".
const SCHEDULER_FLAG_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["sh", ["sh-fallback", "sh-port", "flag-3"]],
  ["mh", ["mh-fallback", "mh-port", "flag-3"]],
]);
const PLAIN_FLAG_NAMES: readonly string[] = ["flag-1", "flag-2", "flag-3"];

/** The names of a scheduler's flags, lowest first: "sh-fallback", "flag-3" ... */
export function formatSchedulerFlags(scheduler: string, flags: number): string[] {
  const names = SCHEDULER_FLAG_NAMES.get(scheduler) ?? PLAIN_FLAG_NAMES;
  return names.filter((_, bit) => (flags & (1 << bit)) !== 0);
}

/** Every flag name that a scheduler accepts, which always include the plain names. */
export function schedulerFlagNames(scheduler: string): string[] {
  return [...new Set([...(SCHEDULER_FLAG_NAMES.get(scheduler) ?? []), ...PLAIN_FLAG_NAMES])];
}

/**
 * The names of the flags that a scheduler has: of one that Linux has, no plain names, because they stand for bits without
 * a meaning, or for the same flags.
 */
export function meaningfulFlagNames(scheduler: string): string[] {
  if (!SCHEDULERS.includes(scheduler)) return [...PLAIN_FLAG_NAMES];
  return (SCHEDULER_FLAG_NAMES.get(scheduler) ?? []).filter((name) => !PLAIN_FLAG_NAMES.includes(name));
}

/** What a message says about the flags of a scheduler: "its flags are sh-fallback, sh-port". */
export function schedulerFlagAdvice(scheduler: string): string {
  const names = meaningfulFlagNames(scheduler);
  return names.length === 0 ? "it has no flags" : `its flags are ${names.join(", ")}`;
}

/**
 * The bits of a list of flag names.
 *
 * @throws {LvsctlError} If the scheduler has no such flag.
 */
export function parseSchedulerFlags(scheduler: string, names: readonly string[]): number {
  let flags = 0;
  for (const name of names) {
    const own = SCHEDULER_FLAG_NAMES.get(scheduler)?.indexOf(name) ?? -1;
    const bit = own >= 0 ? own : PLAIN_FLAG_NAMES.indexOf(name);
    if (bit < 0) {
      throw new LvsctlError(`the scheduler ${scheduler} has no flag "${name}"`, {
        hint: schedulerFlagAdvice(scheduler),
        exitCode: EXIT.usage,
      });
    }
    flags |= 1 << bit;
  }
  return flags;
}

/** Writes a persistence netmask: dotted for IPv4, a prefix length for IPv6. */
export function formatNetmask(family: AddressFamily, netmask: number): string {
  if (family === "ipv6") return String(netmask);
  return [24, 16, 8, 0].map((shift) => (netmask >>> shift) & 255).join(".");
}

/**
 * Reads a persistence netmask: "255.255.255.0", "24" or "/24" for IPv4; "64" or "/64" for IPv6.
 *
 * @throws {LvsctlError} If the text has another form.
 */
export function parseNetmask(family: AddressFamily, text: string): number {
  const length = /^\/?(\d{1,3})$/.exec(text)?.[1];
  const bits = family === "ipv4" ? 32 : 128;
  if (length !== undefined && Number(length) >= 1 && Number(length) <= bits) {
    return family === "ipv6" ? Number(length) : (0xffffffff << (32 - Number(length))) >>> 0;
  }
  const mask = family === "ipv4" ? ipv4Value(text) : undefined;
  if (mask !== undefined) return mask;
  throw new LvsctlError(`"${text}" is not a persistence netmask`, {
    hint: family === "ipv4" ? "write 255.255.255.0 or 24" : "for IPv6 write a prefix length from 1 to 128",
    exitCode: EXIT.usage,
  });
}
