import { type AddressFamily, addressFamily, type IpAddress, parseIpAddress } from "../../model/mod.ts";
import type { Origin } from "../document.ts";
import { CHECKER, CHECKERS, type CheckerType, REAL_SERVER, VIRTUAL_SERVER } from "./directives.ts";
import { type Listen, readListens } from "./groups.ts";
import { blockOf, type Listeners, readSection, Section } from "./section.ts";
import type { Statement } from "./statement.ts";
import { endpointOf } from "./values.ts";

/** A check of a real server. */
export interface Checker {
  /** Its kind. */
  readonly type: CheckerType;
  /** Its directives. */
  readonly section: Section;
}

/** A forwarding method. */
export interface Method {
  /** lvsctl's name of it. */
  readonly forward: "nat" | "dr" | "tun";
  /** The words of its encapsulation: "type gue port 6080 csum". */
  readonly tunnel: readonly string[];
  /** Its statement; undefined for the default. */
  readonly statement: Statement | undefined;
}

/** A real server as keepalived reads it. */
export interface Real {
  /** Its place in the file. */
  readonly origin: Origin;
  /** Its address. */
  readonly address: IpAddress;
  /** Its port in the file; undefined if it is omitted. */
  readonly writtenPort: number | undefined;
  /** Its port in the table; undefined is the service's port. */
  readonly port: number | undefined;
  /** Its directives. */
  readonly section: Section;
  /** Its forwarding method. */
  readonly method: Method;
  /** Its checks. */
  readonly checkers: readonly Checker[];
  /** Comments on keepalived's deviations from the file. */
  readonly notes: readonly string[];
}

/** A virtual server as keepalived reads it. */
export interface Virtual {
  /** Its place in the file. */
  readonly origin: Origin;
  /** Its directives. */
  readonly section: Section;
  /** Its addresses and firewall marks. */
  readonly listens: readonly Listen[];
  /** tcp, udp or sctp. */
  readonly protocol: "tcp" | "udp" | "sctp";
  /** Forwarding method of its servers. */
  readonly method: Method;
  /** Its servers. */
  readonly reals: readonly Real[];
  /** Comments on keepalived's deviations from the file. */
  readonly notes: readonly string[];
}

function methodOf(statement: Statement | undefined, inherited?: Method): Method {
  if (statement === undefined) return inherited ?? { forward: "nat", tunnel: [], statement: undefined };
  const [name = "", ...tunnel] = statement.words;
  return { forward: name === "DR" ? "dr" : name === "TUN" ? "tun" : "nat", tunnel, statement };
}

/** The forwarding method of the fallback: its own method, or the servers' method. */
export function fallbackMethod({ section, method }: Virtual): Method {
  return methodOf(section.get("sorry_server_lvs_method"), method);
}

/** The addresses and firewall marks of a virtual server; undefined, with a report, if it has none. */
function listensOf(
  statement: Statement,
  options: Listeners & { readonly groups: ReadonlyMap<string, Statement> },
): readonly Listen[] | undefined {
  const { words: [kind = "", name = ""], origin } = statement;
  const { groups, report } = options;
  if (kind === "group") {
    const group = groups.get(name);
    if (group !== undefined) return group.block?.flatMap((line) => readListens(line, report)) ?? [];
    report.add(origin, `there is no virtual_server_group ${name}`);
    return undefined;
  }
  const keyword = kind === "fwmark" ? "fwmark" : kind;
  const words = kind === "fwmark" ? [name] : statement.words.slice(1);
  if (kind !== "fwmark" && endpointOf(statement.words) === undefined) {
    report.add(origin, "a virtual server is an IP address and a port, fwmark and a number, or group and a name");
    return undefined;
  }
  const listens = readListens({ ...statement, keyword, words, origin }, report);
  return listens.length === 0 ? undefined : listens;
}

/**
 * Reads a virtual server with its real servers, and corrects it as keepalived does.
 *
 * @returns Undefined, with a report, if keepalived ignores it.
 */
export function readVirtual(
  statement: Statement,
  options: Listeners & { readonly groups: ReadonlyMap<string, Statement> },
): Virtual | undefined {
  const { report } = options;
  const section = readSection(blockOf(statement), { ...options, rules: VIRTUAL_SERVER });
  const listens = listensOf(statement, options);
  if (listens === undefined) return undefined;
  const { origin } = statement;
  const method = methodOf(section.get("lvs_method"));
  const reals = section.all("real_server").map((each) => readReal(each, { ...options, method }));
  const isMark = listens.every(({ kind }) => kind === "mark");
  const family = addressFamilyOf(listens);
  const servers: Real[] = [];
  const keys = new Set<string>();
  const servicePort = onlyPort(listens);
  for (const real of reals) {
    if (real === undefined) continue;
    const fits = family === undefined || real.method.forward === "tun" || addressFamily(real.address) === family;
    const port = real.writtenPort ?? servicePort;
    const key = `${real.address} ${port}`;
    if (!fits) report.add(real.origin, "its virtual server has another address family; keepalived skips it");
    else if (keys.has(key)) report.add(real.origin, "it is a duplicate in its virtual server; keepalived skips it");
    else servers.push(replacePort(real, { isMark, servicePort }));
    keys.add(key);
  }
  if (servers.length === 0) {
    report.add(origin, "it has no real servers, so keepalived ignores it");
    return undefined;
  }
  const name = section.get("protocol")?.words[0]?.toUpperCase();
  const needsProtocol = listens.some(({ kind }) => kind === "address");
  const notes = name !== undefined || !needsProtocol ? [] : ["keepalived's default protocol is UDP; is TCP meant?"];
  const protocol = name === "TCP" ? "tcp" : name === "SCTP" ? "sctp" : "udp";
  return { origin, section, listens, protocol, method, reals: servers, notes };
}

/** The family of the addresses; undefined if there is none, or if there are both. */
function addressFamilyOf(listens: readonly Listen[]): AddressFamily | undefined {
  const families = new Set(listens.map((each) => each.family));
  const [only] = families;
  return families.size === 1 ? only : undefined;
}

/** The port of all addresses; undefined if they differ. */
function onlyPort(listens: readonly Listen[]): number | undefined {
  const ports = new Set(listens.flatMap((each) => each.kind === "address" ? [each.port] : []));
  const [only] = ports;
  return ports.size === 1 ? only : undefined;
}

function readReal(statement: Statement, options: Listeners & { readonly method: Method }): Real | undefined {
  const endpoint = endpointOf(statement.words);
  if (endpoint === undefined) return undefined;
  const section = readSection(blockOf(statement), { ...options, rules: REAL_SERVER });
  const checkers = section.all("checker").flatMap((each): readonly Checker[] => {
    const type = CHECKERS.find((known) => known === each.keyword);
    return type === undefined
      ? []
      : [{ type, section: readSection(blockOf(each), { ...options, rules: CHECKER[type] }) }];
  });
  return {
    origin: statement.origin,
    address: endpoint.address,
    writtenPort: endpoint.port,
    port: endpoint.port,
    section,
    method: methodOf(section.get("lvs_method"), options.method),
    checkers,
    notes: [],
  };
}

/** Replaces the port of a server as keepalived does. */
function replacePort(
  real: Real,
  options: { readonly isMark: boolean; readonly servicePort: number | undefined },
): Real {
  const { writtenPort, method } = real;
  const { isMark, servicePort } = options;
  if (writtenPort === undefined) return real;
  if (method.forward === "nat") return real;
  if (isMark) {
    const note = `keepalived ignores its port ${writtenPort}: with a firewall mark, connections keep their port`;
    return { ...real, port: undefined, notes: [note] };
  }
  if (servicePort === undefined || servicePort === writtenPort) return real;
  const note =
    `keepalived replaces its port ${writtenPort} by the service's port: ${method.forward} does not change ports`;
  return { ...real, port: undefined, notes: [note] };
}

/** The sections with directives of a check, the most specific first. */
export function checkSections(
  virtual: Virtual,
  { real, checker }: { readonly real: Real; readonly checker?: Checker },
): readonly (Section | undefined)[] {
  return [checker?.section, real.section, virtual.section];
}

/** The family of a service with a firewall mark. */
export function markFamily({ section, reals }: Virtual): AddressFamily {
  const granularity = section.get("persistence_granularity")?.words[0];
  const name = section.get("ip_family")?.words[0];
  if (name !== undefined) return name === "inet6" ? "ipv6" : "ipv4";
  const plain = reals.find(({ method }) => method.forward !== "tun");
  if (plain !== undefined) return addressFamily(plain.address);
  if (granularity !== undefined) return granularity.includes(".") ? "ipv4" : "ipv6";
  const families = new Set(reals.map(({ address }) => addressFamily(address)));
  return families.size === 1 && families.has("ipv6") ? "ipv6" : "ipv4";
}

/** The address of a fallback. */
export function fallbackOf(
  { section }: Virtual,
): { readonly address: IpAddress; readonly port: number | undefined } | undefined {
  const statement = section.get("sorry_server");
  const endpoint = statement === undefined ? undefined : endpointOf(statement.words);
  return endpoint === undefined ? undefined : { address: parseIpAddress(endpoint.address), port: endpoint.port };
}
