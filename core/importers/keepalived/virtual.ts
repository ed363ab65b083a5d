import { type AddressFamily, addressFamily, type IpAddress, parseIpAddress } from "../../model/mod.ts";
import type { Origin } from "../document.ts";
import { CHECKER, CHECKERS, type CheckerType, REAL_SERVER, VIRTUAL_SERVER } from "./directives.ts";
import { type Entrance, readEntrances } from "./groups.ts";
import { blockOf, type Listeners, nearest, readSection, Section } from "./section.ts";
import type { Statement } from "./statement.ts";
import { endpointOf } from "./values.ts";

/** A check of a real server. */
export interface Checker {
  /** Its kind. */
  readonly type: CheckerType;
  /** What it says. */
  readonly section: Section;
}

/** How packets get to a server. */
export interface Method {
  /** As lvsctl calls it. */
  readonly forward: "nat" | "dr" | "tun";
  /** Encapsulation, as words: "type gue port 6080 csum". */
  readonly tunnel: readonly string[];
  /** Where it is said; undefined where nobody says so. */
  readonly statement: Statement | undefined;
}

/** A real server, as keepalived takes it. */
export interface Real {
  /** Where it stands. */
  readonly origin: Origin;
  /** Its address. */
  readonly address: IpAddress;
  /** The port that is written; undefined where none is. */
  readonly writtenPort: number | undefined;
  /** The port that it gets in the table; undefined is that of the service. */
  readonly port: number | undefined;
  /** What it says. */
  readonly section: Section;
  /** Its forwarding method. */
  readonly method: Method;
  /** Its checks. */
  readonly checkers: readonly Checker[];
  /** What keepalived makes different from what is written. */
  readonly notes: readonly string[];
}

/** A virtual server, as keepalived takes it. */
export interface Virtual {
  /** Where it stands. */
  readonly origin: Origin;
  /** What it says. */
  readonly section: Section;
  /** Where clients come in. */
  readonly entrances: readonly Entrance[];
  /** tcp, udp or sctp. */
  readonly protocol: "tcp" | "udp" | "sctp";
  /** Forwarding method of its servers. */
  readonly method: Method;
  /** Its servers. */
  readonly reals: readonly Real[];
  /** What keepalived makes different from what is written. */
  readonly notes: readonly string[];
}

function methodOf(statement: Statement | undefined, inherited?: Method): Method {
  if (statement === undefined) return inherited ?? { forward: "nat", tunnel: [], statement: undefined };
  const [name = "", ...tunnel] = statement.words;
  return { forward: name === "DR" ? "dr" : name === "TUN" ? "tun" : "nat", tunnel, statement };
}

/** The method of the fallback: its own, or that of the servers. */
export function fallbackMethod({ section, method }: Virtual): Method {
  return methodOf(section.get("sorry_server_lvs_method"), method);
}

/** Where the clients of a virtual server come in; undefined, and reported, if that cannot be said. */
function entrancesOf(
  statement: Statement,
  options: Listeners & { readonly groups: ReadonlyMap<string, Statement> },
): readonly Entrance[] | undefined {
  const { words: [kind = "", name = ""], origin } = statement;
  const { groups, report } = options;
  if (kind === "group") {
    const group = groups.get(name);
    if (group !== undefined) return group.block?.flatMap((line) => readEntrances(line, report)) ?? [];
    report.add(origin, `there is no virtual_server_group ${name}`);
    return undefined;
  }
  const keyword = kind === "fwmark" ? "fwmark" : kind;
  const words = kind === "fwmark" ? [name] : statement.words.slice(1);
  if (kind !== "fwmark" && endpointOf(statement.words) === undefined) {
    report.add(origin, "a virtual server is an IP address and a port, fwmark and a number, or group and a name");
    return undefined;
  }
  const found = readEntrances({ ...statement, keyword, words, origin }, report);
  return found.length === 0 ? undefined : found;
}

/**
 * Reads a virtual server with its real servers, and mends it as keepalived does.
 *
 * @returns nothing, and the reason reported, if keepalived would leave it out
 */
export function readVirtual(
  statement: Statement,
  options: Listeners & { readonly groups: ReadonlyMap<string, Statement> },
): Virtual | undefined {
  const { report } = options;
  const section = readSection(blockOf(statement), { ...options, rules: VIRTUAL_SERVER });
  const entrances = entrancesOf(statement, options);
  if (entrances === undefined) return undefined;
  const { origin } = statement;
  const method = methodOf(section.get("lvs_method"));
  const read = section.all("real_server").map((each) => readReal(each, { ...options, method }));
  const isMark = entrances.every(({ kind }) => kind === "mark");
  const family = addressFamilyOf(entrances);
  const servers: Real[] = [];
  const seen = new Set<string>();
  const servicePort = onlyPort(entrances);
  for (const real of read) {
    if (real === undefined) continue;
    const fits = family === undefined || real.method.forward === "tun" || addressFamily(real.address) === family;
    const port = real.writtenPort ?? servicePort;
    const key = `${real.address} ${port}`;
    if (!fits) report.add(real.origin, "it is of the other family than its virtual server; keepalived skips it");
    else if (seen.has(key)) report.add(real.origin, "this virtual server has it already; keepalived skips it");
    else servers.push(mend(real, { isMark, servicePort }));
    seen.add(key);
  }
  if (servers.length === 0) {
    report.add(origin, "it has no real servers, so keepalived ignores it");
    return undefined;
  }
  const written = section.get("protocol")?.words[0];
  const needsProtocol = entrances.some(({ kind }) => kind === "address");
  const notes = written !== undefined || !needsProtocol
    ? []
    : ["keepalived takes UDP where no protocol is written; was TCP meant?"];
  const protocol = written === "TCP" ? "tcp" : written === "SCTP" ? "sctp" : "udp";
  return { origin, section, entrances, protocol, method, reals: servers, notes };
}

/** The family of the addresses that clients come in by; undefined if there are none, or both. */
function addressFamilyOf(entrances: readonly Entrance[]): AddressFamily | undefined {
  const families = new Set(entrances.map((each) => each.family));
  const [only] = families;
  return families.size === 1 ? only : undefined;
}

/** The port of all entrances; undefined if they differ. */
function onlyPort(entrances: readonly Entrance[]): number | undefined {
  const ports = new Set(entrances.flatMap((each) => each.kind === "address" ? [each.port] : []));
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

/** Makes the port of a server what keepalived makes of it. */
function mend(real: Real, options: { readonly isMark: boolean; readonly servicePort: number | undefined }): Real {
  const { writtenPort, method } = real;
  const { isMark, servicePort } = options;
  if (writtenPort === undefined) return real;
  if (method.forward === "nat") return real;
  if (isMark) {
    const note = `keepalived leaves out its port ${writtenPort}: by a firewall mark, connections keep theirs`;
    return { ...real, port: undefined, notes: [note] };
  }
  if (servicePort === undefined || servicePort === writtenPort) return real;
  const note = `keepalived makes its port ${writtenPort} that of the service: ${method.forward} does not change ports`;
  return { ...real, port: undefined, notes: [note] };
}

/** What is said of a server's checks, from the nearest to the farthest. */
export function checkSections(
  virtual: Virtual,
  { real, checker }: { readonly real: Real; readonly checker?: Checker },
): readonly (Section | undefined)[] {
  return [checker?.section, real.section, virtual.section];
}

/** Whether anything is said for servers or checks, the nearest first. */
export function inherited(keyword: string, virtual: Virtual, real: Real): Statement | undefined {
  return nearest(keyword, [real.section, virtual.section]);
}

/** The family of a service that is found by a firewall mark. */
export function markFamily({ section, reals }: Virtual): AddressFamily {
  const granularity = section.get("persistence_granularity")?.words[0];
  const written = section.get("ip_family")?.words[0];
  if (written !== undefined) return written === "inet6" ? "ipv6" : "ipv4";
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
