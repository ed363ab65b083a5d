import { type AddressFamily, addressFamily, type IpAddress, parseIpAddress } from "../../model/mod.ts";
import { formatOrigin, type Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import { CHECKER, CHECKERS, type CheckerType, REAL_SERVER, SCHEDULERS, VIRTUAL_SERVER } from "./directives.ts";
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
  /** The directives of its virtual server, if another one of the same address has taken it over. */
  readonly owner: Section | undefined;
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
  /** Whether they come from a virtual_server_group. */
  readonly isGroup: boolean;
  /** tcp, udp or sctp. */
  readonly protocol: "tcp" | "udp" | "sctp";
  /** Forwarding method of its servers. */
  readonly method: Method;
  /** Its servers. */
  readonly reals: readonly Real[];
  /** The family of its addresses, or the one that its directives or servers decide; undefined without one. */
  readonly family: AddressFamily | undefined;
  /** The flags of its scheduler that keepalived takes. */
  readonly flags: readonly Statement[];
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
  const isMark = listens.some(({ kind }) => kind === "mark");
  const families = familiesOf(listens);
  const [first] = families;
  const decided = decidedFamily(statement, { section, reals: reals.filter((real) => real !== undefined) });
  const isGroup = statement.words[0] === "group";
  if (isGroup && decided !== undefined && [...families].some((each) => each !== decided.family)) {
    const [name, other] = decided.family === "ipv4" ? ["IPv4", "IPv6"] : ["IPv6", "IPv4"];
    const found = families.size > 1 ? "addresses of both families" : `${other} addresses`;
    const place = formatOrigin(decided.origin);
    report.add(origin, `its group has ${found}, and ${place} makes it ${name} for keepalived, which ignores it`);
    return undefined;
  }
  const family = families.size === 1 ? first : decided?.family;
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
  const flags = flagsOf(blockOf(statement).statements, report);
  return {
    origin,
    section,
    listens,
    isGroup,
    protocol,
    method,
    reals: servers,
    flags,
    family,
    notes,
  };
}

/** The flags of the scheduler that keepalived takes: those of one scheduler only after it was chosen. */
function flagsOf(statements: readonly Statement[], report: Report): readonly Statement[] {
  let scheduler = "";
  const flags: Statement[] = [];
  for (const statement of statements) {
    const { keyword, words: [word = ""], origin } = statement;
    const [, own] = /^(sh|mh)-(?:port|fallback)$/.exec(keyword) ?? [];
    if (/^(?:lvs_sched|lb_algo)$/.test(keyword) && SCHEDULERS.includes(word)) scheduler = word;
    else if (own === undefined && /^flag-[123]$/.test(keyword)) flags.push(statement);
    else if (own !== undefined && own === scheduler) flags.push(statement);
    else if (own !== undefined) {
      report.add(origin, `keepalived takes it only after the scheduler ${own} was chosen; it ignores it`);
    }
  }
  return flags;
}

/** The families of the addresses. */
function familiesOf(listens: readonly Listen[]): ReadonlySet<AddressFamily> {
  return new Set(listens.flatMap(({ family }) => family === undefined ? [] : [family]));
}

/** An address family, and the place in the file that decides it. */
interface Decision {
  readonly family: AddressFamily;
  readonly origin: Origin;
}

/**
 * The family that the first directive, or the first server without a tunnel, decides for a virtual server without an
 * address of its own; if there is none, the sorry server decides it. Undefined if all are tunnels. keepalived takes the
 * forwarding method that stands above a server, even if another one follows.
 */
function decidedFamily(
  statement: Statement,
  { section, reals }: Pick<Virtual, "section" | "reals">,
): Decision | undefined {
  let isTunnel = false;
  let sorry: Decision & { readonly isTunnel: boolean } | undefined;
  for (const { keyword, words: [word = ""], words, origin } of blockOf(statement).statements) {
    if (/^(?:lvs_method|lb_kind)$/.test(keyword) && /^(?:NAT|DR|TUN)$/.test(word)) isTunnel = word === "TUN";
    if (keyword === "ip_family" && section.get(keyword)?.origin === origin) {
      return { family: word === "inet6" ? "ipv6" : "ipv4", origin };
    }
    if (keyword === "persistence_granularity") return { family: word.includes(".") ? "ipv4" : "ipv6", origin };
    const endpoint = keyword === "sorry_server" ? endpointOf(words) : undefined;
    if (endpoint !== undefined) sorry = { family: addressFamily(endpoint.address), origin, isTunnel };
    const real = reals.find((each) => each.origin === origin);
    if (real === undefined) continue;
    const own = real.section.get("lvs_method");
    if (own === undefined ? !isTunnel : real.method.forward !== "tun") {
      return { family: addressFamily(real.address), origin };
    }
  }
  const own = section.get("sorry_server_lvs_method");
  return sorry === undefined || (own === undefined ? sorry.isTunnel : methodOf(own).forward === "tun")
    ? undefined
    : sorry;
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
    owner: undefined,
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
  if (servicePort === writtenPort) return real;
  const note =
    `keepalived replaces its port ${writtenPort} by the service's port: ${method.forward} does not change ports`;
  return { ...real, port: undefined, notes: [note] };
}

/** The sections with directives of a check, the most specific first. */
export function checkSections(
  virtual: Virtual,
  { real, checker }: { readonly real: Real; readonly checker?: Checker },
): readonly (Section | undefined)[] {
  return [checker?.section, real.section, real.owner ?? virtual.section];
}

/** The family of a service with a firewall mark. */
export function markFamily(virtual: Virtual): AddressFamily {
  const { family, reals, isGroup } = virtual;
  const fallback = fallbackOf(virtual);
  if (family !== undefined) return family;
  if (isGroup) return "ipv4";
  if (fallback !== undefined) return addressFamily(fallback.address);
  const families = new Set(reals.map(({ address }) => addressFamily(address)));
  return families.size === 1 && families.has("ipv6") ? "ipv6" : "ipv4";
}

/** The settings of a service that the first of several virtual servers decides. */
const SHARED = ("lvs_sched persistence_timeout persistence_granularity persistence_engine ops quorum hysteresis " +
  "quorum_up quorum_down sorry_server sorry_server_lvs_method").split(" ");

/**
 * Merges virtual servers of the same addresses: keepalived's service has the servers of all of them, and the scheduler
 * of the first.
 */
export function mergeVirtuals(virtuals: readonly Virtual[], report: Report): readonly Virtual[] {
  const merged = new Map<string, Virtual>();
  for (const virtual of virtuals) {
    const { section, reals } = virtual;
    const key = JSON.stringify([virtual.listens.map((listen) => listenKey(listen, virtual)).sort()]);
    const first = merged.get(key);
    if (first === undefined) {
      merged.set(key, virtual);
      continue;
    }
    for (const keyword of SHARED) {
      const statement = section.get(keyword);
      const same = first.section.get(keyword)?.words.join(" ") === statement?.words.join(" ");
      if (statement !== undefined && !same) {
        report.add(statement.origin, "the first virtual_server with this address decides it, for the servers of both");
      }
    }
    const others = reals.filter((real) => {
      const isKnown = first.reals.some((each) => each.address === real.address && each.port === real.port);
      if (isKnown) report.add(real.origin, "the first virtual_server with this address has this server already");
      return !isKnown;
    });
    merged.set(key, { ...first, reals: [...first.reals, ...others.map((real) => ({ ...real, owner: section }))] });
  }
  return [...merged.values()];
}

function listenKey(listen: Listen, virtual: Virtual): string {
  if (listen.kind === "mark") return `${listen.family ?? markFamily(virtual)} ${listen.mark}`;
  return `${virtual.protocol} ${listen.address} ${listen.port}`;
}

/** The address of a fallback. */
export function fallbackOf(
  { section }: Virtual,
): { readonly address: IpAddress; readonly port: number | undefined } | undefined {
  const statement = section.get("sorry_server");
  const endpoint = statement === undefined ? undefined : endpointOf(statement.words);
  return endpoint === undefined ? undefined : { address: parseIpAddress(endpoint.address), port: endpoint.port };
}
