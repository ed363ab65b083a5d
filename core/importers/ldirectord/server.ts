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

/** A real server or a fallback, as the file has it. */
export interface LdirectordServer {
  /** Its address, or the name of its host. */
  readonly host: IpAddress | string;
  /** The port that is written; 0 where there is none. */
  readonly port: number;
  /** How packets get there. */
  readonly forward: ForwardingMethod;
  /** Share of the connections. */
  readonly weight: number;
  /** What is asked for, where the server has its own. */
  readonly request?: string;
  /** What has to come, where the server has its own. */
  readonly receive?: string;
  /** Connections below which it gets new ones again. */
  readonly lowerThreshold: number;
  /** Connections above which it gets none. */
  readonly upperThreshold: number;
  /** Where it stands. */
  readonly origin: Origin;
}

/** What reading servers needs. */
export interface ServerSurroundings {
  /** Whether they are of IPv6. */
  readonly isIpv6: boolean;
  /** What is known of the world. */
  readonly world: ImportWorld;
  /** Is told of what cannot be read. */
  readonly report: Report;
}

/** Most servers that a range may stand for. */
const MAX_RANGE = 65536;

/** A port by its number or name; undefined where it is neither. ldirectord asks for names without a protocol. */
export function readPort(text: string, protocol: Protocol, world: ImportWorld): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : world.servicePort(text, protocol);
  return port !== undefined && port <= 65535 ? port : undefined;
}

/** The address that a text is, without the brackets of IPv6; a host's name is left as it is. */
function readHost(text: string): IpAddress | string {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  return tryParseIpAddress(bare) ?? text.toLowerCase();
}

/** Whether a host is told by its address. */
export function isAddress(host: IpAddress | string): host is IpAddress {
  return tryParseIpAddress(host) === host;
}

/** Address or name with port, as lvsctl writes them. */
export function formatPlace(host: IpAddress | string, port: number): string {
  return isAddress(host) ? formatEndpoint(host, port) : `${host}:${port}`;
}

/** Reads a server of a virtual service, or a range of them: ADDRESS[->ADDRESS][:PORT] METHOD [WEIGHT] ["REQUEST", "RECEIVE"] [l:N] [u:N]. */
export async function readReal(
  { value, origin }: Directive,
  surroundings: ServerSurroundings,
): Promise<readonly LdirectordServer[]> {
  const { report, world } = surroundings;
  const [, first, , last, , portText = "0", flags = ""] = REAL.exec(value) ?? [];
  if (first === undefined) {
    report.add(origin, "it is not an address with a forwarding method: gate, masq or ipip");
    return [];
  }
  const port = readPort(portText, "tcp", world);
  if (port === undefined) {
    report.add(origin, `there is no port ${portText}`);
    return [];
  }
  const settings = readFlags(flags, origin, report);
  if (settings === undefined) return [];
  const start = readHost(first);
  if (last === undefined) return [{ host: start, port, ...settings, origin }];
  const ends = await Promise.all([start, readHost(last)].map((host) => resolveHost(host, surroundings)));
  const hosts = ends[0] === undefined || ends[1] === undefined ? undefined : addressesBetween(ends[0], ends[1]);
  if (hosts === undefined) {
    report.add(origin, `it is not a range of IPv4 addresses, first to last, of ${MAX_RANGE} at most`);
    return [];
  }
  return hosts.map((host) => ({ host, port, ...settings, origin }));
}

const HOST = String.raw`(\d+\.\d+\.\d+\.\d+|[A-Za-z0-9.-]+?|\[[0-9A-Fa-f:.]+\])`;

const REAL = new RegExp(String.raw`^${HOST}(->${HOST})?(:(\d+|[A-Za-z0-9_-]+))?\s+(.*)$`);

/** The method, and what comes behind it. */
function readFlags(
  text: string,
  origin: Origin,
  report: Report,
): Omit<LdirectordServer, "host" | "port" | "origin"> | undefined {
  const [, method = "", afterMethod = ""] = /^(\w+)(.*)$/.exec(text) ?? [];
  const forward = METHODS.get(method);
  if (forward === undefined) {
    report.add(
      origin,
      `${method === "" ? "nothing" : `"${method}"`} is no forwarding method; it has to be gate, masq or ipip`,
    );
    return undefined;
  }
  let rest = afterMethod;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const found = pattern.exec(rest);
    if (found === null) return undefined;
    rest = found.at(-1) ?? "";
    return found;
  };
  const weight = Number(take(/^\s+(\d+)(.*)$/)?.[1] ?? 1);
  const exchange = take(/^\s+"(.*)"[, ]\s*"(.*)"(.*)$/);
  const lowerThreshold = Number(take(/^\s+l:(\d+)(.*)$/)?.[1] ?? 0);
  const upperThreshold = Number(take(/^\s+u:(\d+)(.*)$/)?.[1] ?? 0);
  if (rest.trim() !== "") {
    report.add(
      origin,
      `"${rest.trim()}" is not understood behind the forwarding method; ldirectord refuses the whole file for it`,
    );
    return undefined;
  }
  const own = exchange === undefined ? {} : { request: withSlash(exchange[1] ?? ""), receive: exchange[2] ?? "" };
  return { forward, weight, ...own, lowerThreshold, upperThreshold };
}

/** ldirectord puts a slash before every request that has none. */
export function withSlash(request: string): string {
  return request.startsWith("/") ? request : `/${request}`;
}

/** The address of a host in the family of its service: the first one, as ldirectord takes it. */
export async function resolveHost(
  host: IpAddress | string,
  { isIpv6, world }: Pick<ServerSurroundings, "isIpv6" | "world">,
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
 * Reads a fallback: HOST[:PORT] [METHOD].
 *
 * @returns Its port is undefined where none is written: then it has that of the service.
 */
export function readFallback(
  { value, origin }: Directive,
  { world, report }: ServerSurroundings,
): (Pick<LdirectordServer, "host" | "forward" | "origin"> & { readonly port: number | undefined }) | undefined {
  const [, place = "", method = "gate"] = /^(\S+)(?:\s+(\S+))?$/.exec(value) ?? [];
  const forward = METHODS.get(method);
  const [, host, portText] = /^(.*?)(?::(\d+|[A-Za-z0-9_-]+))?$/.exec(place) ?? [];
  if (forward === undefined || host === undefined || host === "") {
    report.add(origin, "it is not an address with a forwarding method: gate, masq or ipip");
    return undefined;
  }
  // An IPv6 address without brackets would lose its last part to the port.
  const isBare = tryParseIpAddress(place) !== undefined;
  const port = isBare || portText === undefined ? undefined : readPort(portText, "tcp", world);
  if (!isBare && portText !== undefined && port === undefined) {
    report.add(origin, `there is no port ${portText}`);
    return undefined;
  }
  return { host: readHost(isBare ? place : host), port, forward, origin };
}
