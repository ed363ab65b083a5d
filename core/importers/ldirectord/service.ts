import {
  formatEndpoint,
  type IpAddress,
  MAX_PERSISTENCE_SECONDS,
  type Protocol,
  tryParseIpAddress,
} from "../../model/mod.ts";
import { type Entry, formatOrigin, type Item, ListBlock, MappingBlock, type Origin, type Value } from "../document.ts";
import type { ImportWorld, Report } from "../imported.ts";
import { writeSeconds } from "../table.ts";
import { type CheckedVirtual, type PlacedServer, serviceCheck } from "./check.ts";
import { distinctServers, reportIdleFallback, reportOddServers } from "./placed_servers.ts";
import { notifyEntry } from "./notify.ts";
import { REFUSED, type Section, type VirtualSection } from "./sections.ts";
import {
  formatPlace,
  isAddress,
  type LdirectordServer,
  readFallback,
  readPort,
  readReal,
  resolveHost,
  type ServerContext,
} from "./server.ts";

/** The environment of services. */
export interface ServiceContext {
  /** The global directives. */
  readonly globals: Section;
  /** The environment of the import. */
  readonly world: ImportWorld;
  /** Receives the directives without a counterpart. */
  readonly report: Report;
  /** The names of the services so far. */
  readonly names: Set<string>;
  /** The places of the services so far, by `listen`. */
  readonly listens: Map<string, Origin>;
}

/** The address or firewall mark of a virtual service. */
interface Listen {
  /** The value of `listen`. */
  readonly value: string;
  readonly protocol: "tcp" | "udp" | "fwm";
  /** The address or firewall mark in ldirectord's format. */
  readonly address: string;
  readonly port: number;
  /** Places of further directives that it came from. */
  readonly origins: readonly Origin[];
  /** Comments about it. */
  readonly notes: readonly string[];
}

/** Converts a virtual service; undefined, with a report, if that is impossible. */
export async function makeService(
  virtual: VirtualSection,
  context: ServiceContext,
): Promise<Item | undefined> {
  const { globals, world, report, names, listens } = context;
  const { section, isIpv6, origin } = virtual;
  const listen = await readListen(virtual, context);
  if (listen === undefined) return undefined;
  const { protocol, address, port } = listen;
  const first = listens.get(listen.value);
  if (first !== undefined) {
    report.add(origin, `duplicate of the service in line ${first.line}, so it is left out; ${REFUSED}`);
    return undefined;
  }
  listens.set(listen.value, origin);
  const checked: CheckedVirtual = { section, globals, protocol, address, port, isIpv6, origin, report };
  const serverContext = { isIpv6, world, report };
  const isOff = section.get("checktype")?.value === "off";
  const reals = (await Promise.all(
    section.all(isIpv6 ? "real6" : "real").map((real) => readReal(real, serverContext)),
  )).flat();
  const placed = reals.map((server): PlacedServer => ({ server, port: tablePort(server, listen) }));
  const servers = distinctServers(placed, report);
  reportOddServers(checked, servers);
  const forwards = new Set(reals.map(({ forward }) => forward));
  const forward = forwards.size === 1 ? [...forwards][0] : undefined;
  const check = isOff ? undefined : serviceCheck(checked, servers);
  const fallback = await fallbackEntry(checked, { world, servers, listen });
  const entries: (Entry | undefined)[] = [
    nameEntry(section, names),
    { key: "listen", value: listen.value, essential: true, notes: listen.notes },
    ...schedulerEntries(section),
    forward === undefined || isOff ? undefined : { key: "forward", value: forward },
    persistenceEntry(checked),
    onePacketEntry(section, protocol),
    check?.entry,
    reactionEntry(checked),
    fallback,
    isOff ? undefined : notifyEntry(checked, { hasFallback: fallback !== undefined }),
    isOff || servers.length === 0 ? undefined : {
      key: "servers",
      value: new ListBlock(
        servers.map((placed) => serverItem(placed, { forward, check: check?.own.get(placed.server), listen })),
      ),
    },
  ];
  reportLost(section, { globals, report });
  const comment = section.get("comment");
  const alerts = section.get("emailalertstatus");
  const off = section.get("checktype")?.origin;
  const notes = [
    ...comment === undefined ? [] : [formatOrigin(comment.origin)],
    ...alerts?.value === "none" ? [formatOrigin(alerts.origin)] : [],
    ...isOff && off !== undefined
      ? [
        `${formatOrigin(off)}: it has no servers, only the fallback`,
        ...reals.map((real) => formatOrigin(real.origin)),
      ]
      : [],
  ];
  const value = new MappingBlock(entries);
  return { value, origins: [origin, ...listen.origins], notes: [...notes, ...section.idle] };
}

async function readListen(virtual: VirtualSection, context: ServiceContext): Promise<Listen | undefined> {
  const { address: written, section, isIpv6, origin } = virtual;
  const { report, world } = context;
  const chosen = section.get("protocol");
  const origins = chosen === undefined ? [] : [chosen.origin];
  const endpoint = /^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._+-]+):([0-9A-Za-z_-]+)/.exec(written);
  const mark = endpoint === null ? /^\d+(?![^\s#])/.exec(written)?.[0] : undefined;
  if (mark !== undefined) {
    reportProtocols(section, report, (value) => value === "fwm" ? undefined : "a firewall mark has the protocol fwm");
    return {
      value: `fwmark${isIpv6 ? "6" : ""}:${Number(mark)}`,
      protocol: "fwm",
      address: mark,
      port: 0,
      origins,
      notes: [],
    };
  }
  const [, host = "", portText = ""] = endpoint ?? [];
  if (host === "") {
    const taken = /^\d+/.exec(written)?.[0];
    const effect = taken === undefined ? REFUSED : `ldirectord reads it as the firewall mark ${taken}`;
    report.add(origin, `it is neither ADDRESS:PORT nor a firewall mark; ${effect}`);
    return undefined;
  }
  const isDomain = portText === "53" || portText === "domain";
  const protocol: Protocol = chosen?.value === "udp" || (chosen === undefined && isDomain) ? "udp" : "tcp";
  reportProtocols(section, report, (value) => value === "fwm" ? "an address has the protocol tcp or udp" : undefined);
  const port = readPort(portText, { protocol, world });
  if (port === undefined) {
    report.add(origin, `port ${portText} is unknown for ${protocol}; ${REFUSED}`);
    return undefined;
  }
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const literal = tryParseIpAddress(bare);
  const address = await resolveHost(literal ?? host.toLowerCase(), { isIpv6, world });
  if (address === undefined) {
    const family = isIpv6 ? "IPv6" : "IPv4";
    const hint = literal === undefined ? "" : "; virtual6 and real6 are for IPv6, virtual and real for IPv4";
    report.add(origin, `${bare} is neither an ${family} address nor a host with one${hint}; ${REFUSED}`);
    return undefined;
  }
  return {
    value: `${protocol}://${formatEndpoint(address, port)}`,
    protocol,
    address: isIpv6 ? `[${address}]` : address,
    port,
    origins,
    notes: literal === undefined ? [`${bare} had this address when the file was imported`] : [],
  };
}

/** Reports the protocols that a service cannot have. */
function reportProtocols(section: Section, report: Report, objection: (value: string) => string | undefined): void {
  for (const { value, origin } of section.all("protocol")) {
    const reason = objection(value);
    if (reason !== undefined) report.add(origin, `${reason}; ${REFUSED}`);
  }
}

/** The port of a server in the table: with ipvsadm, a server without nat has the service's port. */
function tablePort({ port, forward }: Pick<LdirectordServer, "port" | "forward">, listen: Listen): number {
  return listen.protocol === "fwm" || forward === "nat" ? port : listen.port;
}

/** The name of a service, made unique; blanks become dashes. */
function nameEntry(section: Section, names: Set<string>): Entry | undefined {
  const written = section.get("servicename");
  const base = written?.value.trim().replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "").slice(0, 60);
  if (written === undefined || base === undefined || base === "") return undefined;
  let name = base;
  for (let number = 2; names.has(name); number++) name = `${base}-${number}`;
  names.add(name);
  return { key: "name", value: name, origins: [written.origin] };
}

function schedulerEntries(section: Section): readonly Entry[] {
  const scheduler = section.get("scheduler");
  const flags = section.get("schedflags");
  const entries: Entry[] = [
    scheduler === undefined
      ? { key: "scheduler", value: "wrr", notes: ["ldirectord's default"] }
      : { key: "scheduler", value: scheduler.value, origins: [scheduler.origin] },
  ];
  if (flags !== undefined) {
    entries.push({ key: "scheduler_flags", value: flags.value.split(","), origins: [flags.origin] });
  }
  return entries;
}

function persistenceEntry({ section, isIpv6, report }: CheckedVirtual): Entry | undefined {
  const persistent = section.get("persistent");
  if (persistent === undefined) return undefined;
  const netmask = section.get("netmask");
  const written = netmask?.value;
  const isWhole = written === undefined || written === (isIpv6 ? "128" : "255.255.255.255");
  const seconds = Number(persistent.value);
  if (seconds < 1 || seconds > MAX_PERSISTENCE_SECONDS) {
    report.add(persistent.origin, `ipvsadm takes 1 to ${MAX_PERSISTENCE_SECONDS}, so ldirectord adds no such service`);
    return undefined;
  }
  const value: Value = {
    timeout: writeSeconds(seconds),
    netmask: isWhole ? undefined : isIpv6 ? Number(written) : written,
  };
  return { key: "persistence", value, origins: [persistent.origin, ...netmask === undefined ? [] : [netmask.origin]] };
}

function onePacketEntry(section: Section, protocol: Listen["protocol"]): Entry | undefined {
  // ldirectord ignores ops for other protocols.
  const ops = protocol === "udp" ? section.get("ops") : undefined;
  return ops?.value === "yes" ? { key: "one_packet", value: true, origins: [ops.origin] } : undefined;
}

function reactionEntry({ section, globals }: CheckedVirtual): Entry {
  const quiescent = section.get("quiescent") ?? globals.get("quiescent");
  const again = globals.get("readdquiescent");
  const value = quiescent?.value === "yes" ? "quiesce" : "remove";
  const notes = value === "quiesce" && again?.value === "no"
    ? [`${formatOrigin(again.origin)}: lvsctl adds a missing unhealthy server again, with weight 0`]
    : [];
  return quiescent === undefined
    ? { key: "on_failure", value, notes: ["ldirectord's default"] }
    : { key: "on_failure", value, origins: [quiescent.origin], notes };
}

async function fallbackEntry(
  { section, globals, protocol, isIpv6, report }: CheckedVirtual,
  { world, servers, listen }: {
    readonly world: ImportWorld;
    readonly servers: readonly PlacedServer[];
    readonly listen: Listen;
  },
): Promise<Entry | undefined> {
  const name = isIpv6 ? "fallback6" : "fallback";
  // The global fallback is for tcp and udp, not for firewall marks.
  const directive = section.get(name) ?? (protocol === "fwm" ? undefined : globals.get(name));
  if (directive === undefined) return undefined;
  // The global one is for both protocols.
  const protocols = section.has(name) ? [protocol] : ["tcp", "udp"] as const;
  const read = await readFallback(directive, { protocols, isIpv6, world, report });
  if (read === undefined) return undefined;
  const { address, forward } = read;
  const written = read.port ?? listen.port;
  const port = tablePort({ port: written, forward }, listen);
  if (await hasServerAt(servers, { address, port, isIpv6, world })) {
    const reason = "it is one of the servers, which ldirectord deletes when it no longer needs the fallback; lvsctl " +
      "keeps the last server in instead: panic_threshold";
    report.add(directive.origin, reason);
    return { key: "panic_threshold", value: 1, origins: [directive.origin] };
  }
  reportIdleFallback(directive, { servers, report });
  const notes = port === written ? [] : [portNote(forward)];
  return {
    key: "fallback",
    value: { address: formatPlace(address, port), forward },
    origins: [directive.origin],
    notes,
  };
}

/** Whether one of the servers is at a place. */
async function hasServerAt(
  servers: readonly PlacedServer[],
  { address, port, ...options }: Pick<ServerContext, "isIpv6" | "world"> & {
    readonly address: IpAddress;
    readonly port: number;
  },
): Promise<boolean> {
  const near = servers.filter((each) => each.port === port);
  const addresses = await Promise.all(near.map(({ server }) => resolveHost(server.host, options)));
  return addresses.includes(address);
}

function portNote(forward: string): string {
  return `with ${forward} a server has the port of the service`;
}

function serverItem(
  { server, port }: PlacedServer,
  options: { readonly forward: string | undefined; readonly check: Value | undefined; readonly listen: Listen },
): Item {
  const { host, forward, weight, upperThreshold, lowerThreshold, origin } = server;
  const settings = {
    weight: weight === 1 ? undefined : weight,
    forward: forward === options.forward ? undefined : forward,
    "upper_threshold": upperThreshold === 0 ? undefined : upperThreshold,
    "lower_threshold": lowerThreshold === 0 ? undefined : lowerThreshold,
    // ldirectord uses the first address.
    resolve: isAddress(host) ? undefined : "first",
    check: options.check,
  };
  const address = formatPlace(host, port);
  const isPlain = Object.values(settings).every((value) => value === undefined);
  const notes = server.port !== 0 && server.port !== port ? [portNote(forward)] : [];
  return { value: isPlain ? address : { address, ...settings }, origins: [origin, ...server.repeated ?? []], notes };
}

function reportLost(section: Section, { globals, report }: Pick<ServiceContext, "globals" | "report">): void {
  const file = section.get("monitorfile");
  if (file !== undefined) {
    report.add(file.origin, "lvsctl run writes no file for each probe; its log has every change");
  }
  const stop = section.get("cleanstop");
  if (stop !== undefined && stop.value !== (globals.get("cleanstop")?.value ?? "yes")) {
    report.add(stop.origin, '"lvsctl run --on-exit" applies to all services');
  }
}
