import {
  formatEndpoint,
  type ForwardingMethod,
  type IpAddress,
  type Protocol,
  tryParseIpAddress,
} from "../../model/mod.ts";
import type { Origin } from "../document.ts";
import type { ImportWorld, Report } from "../imported.ts";
import { type Directive, REFUSED } from "./sections.ts";

const METHODS: ReadonlyMap<string, ForwardingMethod> = new Map([["gate", "dr"], ["masq", "nat"], ["ipip", "tun"]]);

/** A real server or a fallback of the file. */
export interface LdirectordServer {
  /** Its address or host name. */
  readonly host: IpAddress | string;
  /** Its port in the file; 0 if it is omitted. */
  readonly port: number;
  /** Its port as it is written, a name as its number. */
  readonly portText: string;
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
  /** Further places of a server with its address and port. */
  readonly repeated?: readonly Origin[];
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

/**
 * Parses a port number or the name of a service; undefined if the port is unknown.
 *
 * @param options.protocol The protocol of the service; undefined is any.
 */
export function readPort(
  text: string,
  { protocol, world }: { readonly protocol: Protocol | undefined; readonly world: ImportWorld },
): number | undefined {
  const port = /^\d+$/.test(text)
    ? Number(text)
    : protocol === undefined
    ? world.servicePort(text, "tcp") ?? world.servicePort(text, "udp")
    : world.servicePort(text, protocol);
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
    report.add(origin, `it is not an address with a forwarding method: gate, masq or ipip; ${REFUSED}`);
    return [];
  }
  const port = readPort(portText, { protocol: undefined, world });
  if (port === undefined) {
    report.add(origin, `port ${portText} is unknown; ${REFUSED}`);
    return [];
  }
  const settings = readFlags(flags, origin, report);
  if (settings === undefined) return [];
  const ends = [first, ...last === undefined ? [] : [last]].map(readHost);
  for (const end of ends) {
    const reason = await objectionTo(end, context);
    if (reason === undefined) continue;
    report.add(origin, reason);
    // A name may get an address.
    if (isAddress(end) || isNumeric(end) || last !== undefined) return [];
  }
  const [start = first] = ends;
  // ldirectord looks the name of a port up, and keeps a number as it is written.
  const place = { port, portText: /^\d+$/.test(portText) ? portText : String(port) };
  if (last === undefined) return [{ host: start, ...place, ...settings, origin }];
  const hosts = await hostsBetween(ends, context);
  if (typeof hosts === "string") {
    report.add(origin, hosts);
    return [];
  }
  return hosts.map((host) => ({ host, ...place, ...settings, origin }));
}

/** Longest value of `real`: the time of a search that may begin anywhere grows with the square of the length. */
const MAX_REAL_LENGTH = 1000;

/** Why a host cannot be a server's; undefined if it can. */
async function objectionTo(host: IpAddress | string, context: ServerContext): Promise<string | undefined> {
  if (await resolveHost(host, context) !== undefined) return undefined;
  const family = context.isIpv6 ? "IPv6" : "IPv4";
  if (isAddress(host)) return `${host} is not an ${family} address; ${REFUSED}`;
  const address = context.isIpv6 ? undefined : addressOfNumbers(host);
  if (address !== undefined) return `${host} is not an address in four numbers; ldirectord reads it as ${address}`;
  return `${host} has no ${family} address here, and with such a name ${REFUSED}`;
}

/** Whether a host consists of numbers that are not an address. */
function isNumeric(host: string): boolean {
  return /^[0-9.]+$/.test(host);
}

/** The address that the system's resolver makes of one to four numbers, such as 10.1; octal after a zero. */
function addressOfNumbers(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(?:0[0-7]*|[1-9]\d*|0x[\da-f]+)$/i.test(part))) return undefined;
  const numbers = parts.map((part) => /^0\d/.test(part) ? Number(`0o${part}`) : Number(part));
  const last = numbers.at(-1) ?? 0;
  if (numbers.slice(0, -1).some((each) => each > 255) || last >= 256 ** (5 - numbers.length)) return undefined;
  const value = numbers.slice(0, -1).reduce((sum, each, index) => sum + each * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** The addresses of a range, or the reason why it has none. */
async function hostsBetween(
  ends: readonly (IpAddress | string)[],
  context: ServerContext,
): Promise<readonly IpAddress[] | string> {
  const [from, to] = await Promise.all(ends.map((host) => resolveHost(host, context)));
  if (from === undefined || to === undefined || context.isIpv6) return `a range is of IPv4 addresses; ${REFUSED}`;
  const [low, high] = [numberOf(from), numberOf(to)];
  if (low > high) return `the range ends before it starts; ${REFUSED}`;
  if (high - low >= MAX_RANGE) return `it is not a range of at most ${MAX_RANGE} addresses`;
  return addressesBetween(low, high);
}

const HOST = String.raw`(\d+\.\d+\.\d+\.\d+|[A-Za-z0-9.-]+|\[[0-9A-fa-f:]+\])`;

const REAL = new RegExp(String.raw`${HOST}(->${HOST})?(:(\d+|[A-Za-z0-9_-]+))?\s+(.*)$`);

/** Parses the forwarding method and the words after it; as ldirectord, it skips what precedes a match. */
function readFlags(
  text: string,
  origin: Origin,
  report: Report,
): Omit<LdirectordServer, "host" | "port" | "portText" | "origin"> | undefined {
  const [, method = "", afterMethod = ""] = /(\w+)(.*)$/.exec(text) ?? [];
  const forward = METHODS.get(method);
  if (forward === undefined) {
    report.add(
      origin,
      `${
        method === "" ? "its forwarding method is missing" : `"${method}" is not a forwarding method`
      }; use gate, masq or ipip; ${REFUSED}`,
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
  const isIgnored = exchange?.[1]?.startsWith("/") === true;
  if (isIgnored) {
    const after = rest.trim() === "" ? "" : ` and "${rest.trim()}"`;
    report.add(origin, `ldirectord ignores "${exchange?.[1]}", its answer${after}, because a slash begins the request`);
    rest = "";
  }
  const lowerThreshold = Number(take(/\s+l:(\d+)(.*)$/)?.[1] ?? 0);
  const upperThreshold = Number(take(/\s+u:(\d+)(.*)$/)?.[1] ?? 0);
  if (rest.trim() !== "") {
    report.add(
      origin,
      `"${rest.trim()}" is invalid after the forwarding method; ${REFUSED}`,
    );
    return undefined;
  }
  const [, request, receive] = isIgnored ? [] : exchange ?? [];
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

function numberOf(address: IpAddress): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The addresses of a range. ldirectord compares its numbers as texts, so that 999999999 is above 1000000000. */
function addressesBetween(low: number, high: number): readonly IpAddress[] {
  const isTextual = String(low).length !== String(high).length;
  if (isTextual && String(low) > String(high)) return [];
  return Array.from({ length: high - low + 1 }, (_, index) => {
    const value = low + index;
    return tryParseIpAddress([24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join("."));
  }).filter((address) => address !== undefined);
}

/** A fallback of the file. */
export interface Fallback {
  /** Its address. */
  readonly address: IpAddress;
  /** Its port; undefined if it is omitted. */
  readonly port: number | undefined;
  /** Its forwarding method. */
  readonly forward: ForwardingMethod;
}

/**
 * Parses a fallback: HOST[:PORT] [METHOD].
 *
 * @param context.protocols The protocols that must know the name of its port.
 * @returns Its port is undefined if it is omitted: then it has the service's port.
 */
export async function readFallback(
  { value, origin }: Directive,
  context: ServerContext & { readonly protocols: readonly (Protocol | "fwm")[] },
): Promise<Fallback | undefined> {
  const { isIpv6, world, report, protocols } = context;
  const [, place = "", method = "gate"] = /(\S+)(?:\s+(\S+))?\s*$/.exec(value) ?? [];
  const forward = METHODS.get(method);
  const [, host, portText] = /^(.*?)(?::(\d+|[A-Za-z0-9_-]+))?$/.exec(place) ?? [];
  if (forward === undefined || host === undefined || host === "") {
    report.add(origin, `it is not an address with a forwarding method: gate, masq or ipip; ${REFUSED}`);
    return undefined;
  }
  const ports = portText === undefined ? [] : protocols.map((protocol) => {
    // No service of /etc/services has the protocol of firewall marks.
    if (protocol === "fwm") return /^\d+$/.test(portText) ? readPort(portText, { protocol: "tcp", world }) : undefined;
    return readPort(portText, { protocol, world });
  });
  if (ports.includes(undefined)) {
    const missing = protocols[ports.indexOf(undefined)];
    report.add(origin, `port ${portText} is unknown for ${missing}; ${REFUSED}`);
    return undefined;
  }
  const address = await resolveHost(readHost(host), context);
  if (address === undefined) {
    const family = isIpv6 ? "IPv6" : "IPv4";
    report.add(origin, `${host} is neither an ${family} address nor a host with one; ${REFUSED}`);
    return undefined;
  }
  return { address, port: ports[0], forward };
}
