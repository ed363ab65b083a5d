import {
  formatEndpoint,
  type ForwardingMethod,
  type IpAddress,
  type Protocol,
  tryParseIpAddress,
} from "../../model/mod.ts";
import type { Origin } from "../document.ts";
import type { ImportWorld, Report } from "../imported.ts";
import type { Directive } from "./sections.ts";

const METHODS: ReadonlyMap<string, ForwardingMethod> = new Map([["gate", "dr"], ["masq", "nat"], ["ipip", "tun"]]);

/** A real server or a fallback of the file. */
export interface LdirectordServer {
  /** Its address or host name. */
  readonly host: IpAddress | string;
  /** Its port in the file; 0 if it is omitted. */
  readonly port: number;
  /** Its forwarding method. */
  readonly forward: ForwardingMethod;
  /** Its weight. */
  readonly weight: number;
  /** Its own request. */
  readonly request?: string | undefined;
  /** Its own expected answer. */
  readonly receive?: string | undefined;
  /** Its lower threshold; connections. */
  readonly lowerThreshold: number;
  /** Its upper threshold; connections. */
  readonly upperThreshold: number;
  /** Its place in the file. */
  readonly origin: Origin;
}

/** The environment of servers. */
export interface ServerContext {
  /** Whether their family is IPv6. */
  readonly isIpv6: boolean;
  /** The environment of the import. */
  readonly world: ImportWorld;
  /** Receives the invalid directives. */
  readonly report: Report;
}

/** Most servers of a range. */
const MAX_RANGE = 65536;

/** Parses a port number or the name of a service; undefined if the port is unknown. */
export function readPort(
  text: string,
  { protocol, world }: { readonly protocol: Protocol; readonly world: ImportWorld },
): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : world.servicePort(text, protocol);
  return port !== undefined && port <= 65535 ? port : undefined;
}

/** Parses an address, with IPv6 in brackets, or a host name. */
function readHost(text: string): IpAddress | string {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  return tryParseIpAddress(bare) ?? text.toLowerCase();
}

/** Whether a host is an address. */
export function isAddress(host: IpAddress | string): host is IpAddress {
  return tryParseIpAddress(host) === host;
}

/** Formats an address or host name with its port. */
export function formatPlace(host: IpAddress | string, port: number): string {
  return isAddress(host) ? formatEndpoint(host, port) : `${host}:${port}`;
}

/**
 * Parses a server of a virtual service, or a range of servers:
 * ADDRESS[->ADDRESS][:PORT] METHOD [WEIGHT] ["REQUEST", "RECEIVE"] [l:N] [u:N].
 */
export async function readReal(
  { value, origin }: Directive,
  context: ServerContext,
): Promise<readonly LdirectordServer[]> {
  const { report, world } = context;
  if (value.length > MAX_REAL_LENGTH) {
    report.add(origin, `it is longer than ${MAX_REAL_LENGTH} characters`);
    return [];
  }
  const [, first, , last, , portText = "0", flags = ""] = REAL.exec(value) ?? [];
  if (first === undefined) {
    report.add(origin, "it is not an address with a forwarding method: gate, masq or ipip");
    return [];
  }
  const port = readPort(portText, { protocol: "tcp", world });
  if (port === undefined) {
    report.add(origin, `port ${portText} is unknown`);
    return [];
  }
  const settings = readFlags(flags, origin, report);
  if (settings === undefined) return [];
  const start = readHost(first);
  if (last === undefined) return [{ host: start, port, ...settings, origin }];
  const ends = await Promise.all([start, readHost(last)].map((host) => resolveHost(host, context)));
  const hosts = ends[0] === undefined || ends[1] === undefined ? undefined : addressesBetween(ends[0], ends[1]);
  if (hosts === undefined) {
    report.add(origin, `it is not a range of at most ${MAX_RANGE} IPv4 addresses, from first to last`);
    return [];
  }
  return hosts.map((host) => ({ host, port, ...settings, origin }));
}

/** Longest value of `real`: the time of a search that may begin anywhere grows with the square of the length. */
const MAX_REAL_LENGTH = 1000;

const HOST = String.raw`(\d+\.\d+\.\d+\.\d+|[A-Za-z0-9.-]+?|\[[0-9A-Fa-f:.]+\])`;

const REAL = new RegExp(String.raw`${HOST}(->${HOST})?(:(\d+|[A-Za-z0-9_-]+))?\s+(.*)$`);

/** Parses the forwarding method and the words after it; as ldirectord, it skips what precedes a match. */
function readFlags(
  text: string,
  origin: Origin,
  report: Report,
): Omit<LdirectordServer, "host" | "port" | "origin"> | undefined {
  const [, method = "", afterMethod = ""] = /(\w+)(.*)$/.exec(text) ?? [];
  const forward = METHODS.get(method);
  if (forward === undefined) {
    report.add(
      origin,
      `${
        method === "" ? "its forwarding method is missing" : `"${method}" is not a forwarding method`
      }; use gate, masq or ipip; ldirectord rejects the whole file`,
    );
    return undefined;
  }
  let rest = afterMethod;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const match = pattern.exec(rest);
    if (match === null) return undefined;
    rest = match.at(-1) ?? "";
    return match;
  };
  const weight = Number(take(/\s+(\d+)(.*)$/)?.[1] ?? 1);
  const exchange = take(/\s+"(.*)"[, ]\s*"(.*)"(.*)$/);
  if (exchange?.[1]?.startsWith("/") === true && rest.trim() !== "") {
    report.add(origin, `ldirectord ignores "${rest.trim()}", because the request before it begins with a slash`);
    rest = "";
  }
  const lowerThreshold = Number(take(/\s+l:(\d+)(.*)$/)?.[1] ?? 0);
  const upperThreshold = Number(take(/\s+u:(\d+)(.*)$/)?.[1] ?? 0);
  if (rest.trim() !== "") {
    report.add(
      origin,
      `"${rest.trim()}" is invalid after the forwarding method; ldirectord rejects the whole file`,
    );
    return undefined;
  }
  const [, request, receive] = exchange ?? [];
  return {
    forward,
    weight,
    request: request === undefined ? undefined : withSlash(request),
    receive,
    lowerThreshold,
    upperThreshold,
  };
}

/** Adds a leading slash to a request, as ldirectord does. */
function withSlash(request: string): string {
  return request.startsWith("/") ? request : `/${request}`;
}

/** Resolves a host to its first address in the service's family, as ldirectord does. */
export async function resolveHost(
  host: IpAddress | string,
  { isIpv6, world }: Pick<ServerContext, "isIpv6" | "world">,
): Promise<IpAddress | undefined> {
  if (isAddress(host)) return host.includes(":") === isIpv6 ? host : undefined;
  const answer = await world.resolve(host);
  if ("failure" in answer) return undefined;
  return answer.addresses.find((address) => address.includes(":") === isIpv6);
}

function addressesBetween(first: IpAddress, last: IpAddress): readonly IpAddress[] | undefined {
  const [low, high] = [first, last].map((address) =>
    address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)
  );
  if (low === undefined || high === undefined || !(low <= high) || high - low >= MAX_RANGE) return undefined;
  return Array.from({ length: high - low + 1 }, (_, index) => {
    const value = low + index;
    return tryParseIpAddress([24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join("."));
  }).filter((address) => address !== undefined);
}

/**
 * Parses a fallback: HOST[:PORT] [METHOD].
 *
 * @returns Its port is undefined if it is omitted: then it has the service's port.
 */
export function readFallback(
  { value, origin }: Directive,
  { world, report }: ServerContext,
): (Pick<LdirectordServer, "host" | "forward" | "origin"> & { readonly port: number | undefined }) | undefined {
  const [, place = "", method = "gate"] = /^(\S+)(?:\s+(\S+))?$/.exec(value) ?? [];
  const forward = METHODS.get(method);
  const [, host, portText] = /^(.*?)(?::(\d+|[A-Za-z0-9_-]+))?$/.exec(place) ?? [];
  if (forward === undefined || host === undefined || host === "") {
    report.add(origin, "it is not an address with a forwarding method: gate, masq or ipip");
    return undefined;
  }
  // The last part of an IPv6 address without brackets is not a port.
  const isBare = tryParseIpAddress(place) !== undefined;
  const port = isBare || portText === undefined ? undefined : readPort(portText, { protocol: "tcp", world });
  if (!isBare && portText !== undefined && port === undefined) {
    report.add(origin, `port ${portText} is unknown`);
    return undefined;
  }
  return { host: readHost(isBare ? place : host), port, forward, origin };
}
