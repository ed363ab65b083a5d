import { DEFAULT_PERSISTENCE_SECONDS, formatEndpoint, type Protocol, tryParseIpAddress } from "../../model/mod.ts";
import { type Entry, formatOrigin, type Item, ListBlock, MappingBlock, type Origin, type Value } from "../document.ts";
import type { ImportWorld, Report } from "../imported.ts";
import { writeSeconds } from "../table.ts";
import { type CheckedVirtual, type PlacedServer, serviceCheck } from "./check.ts";
import { notifyEntry } from "./notify.ts";
import type { Section, VirtualSection } from "./sections.ts";
import {
  formatPlace,
  isAddress,
  type LdirectordServer,
  readFallback,
  readPort,
  readReal,
  resolveHost,
} from "./server.ts";

/** What a service is made with. */
export interface ServiceSurroundings {
  /** What goes for all. */
  readonly globals: Section;
  /** What is known of the world. */
  readonly world: ImportWorld;
  /** Is told of what has no counterpart. */
  readonly report: Report;
  /** Names that services have. */
  readonly names: Set<string>;
}

/** What a virtual service listens on. */
interface Listen {
  /** As lvsctl writes it. */
  readonly value: string;
  readonly protocol: "tcp" | "udp" | "fwm";
  /** Its address or mark, as ldirectord writes it. */
  readonly address: string;
  readonly port: number;
  /** What it was made of, beside the virtual service's first line. */
  readonly origins: readonly Origin[];
  /** What a reader should know of it. */
  readonly notes: readonly string[];
}

/** Makes a service of a virtual one; undefined if it cannot be, which was reported. */
export async function makeService(
  virtual: VirtualSection,
  surroundings: ServiceSurroundings,
): Promise<Item | undefined> {
  const { globals, world, report, names } = surroundings;
  const { section, isIpv6, origin } = virtual;
  const listen = await readListen(virtual, surroundings);
  if (listen === undefined) return undefined;
  const { protocol, address, port } = listen;
  const checked: CheckedVirtual = { section, globals, protocol, address, port, isIpv6, origin, report };
  const serverSurroundings = { isIpv6, world, report };
  const isOff = section.get("checktype")?.value === "off";
  const reals = (await Promise.all(
    section.all(isIpv6 ? "real6" : "real").map((real) => readReal(real, serverSurroundings)),
  )).flat();
  const servers = reals.map((server): PlacedServer => ({ server, port: tablePort(server, listen) }));
  const forwards = new Set(reals.map(({ forward }) => forward));
  const forward = forwards.size === 1 ? [...forwards][0] : undefined;
  const check = isOff ? undefined : serviceCheck(checked, servers);
  const fallback = await fallbackEntry(checked, surroundings, listen);
  const entries: (Entry | undefined)[] = [
    nameEntry(section, names),
    { key: "listen", value: listen.value, essential: true, notes: listen.notes },
    ...schedulerEntries(section),
    forward === undefined || isOff ? undefined : { key: "forward", value: forward },
    persistenceEntry(section, isIpv6),
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

async function readListen(virtual: VirtualSection, surroundings: ServiceSurroundings): Promise<Listen | undefined> {
  const { address: written, section, isIpv6, origin } = virtual;
  const { report, world } = surroundings;
  const chosen = section.get("protocol");
  const origins = chosen === undefined ? [] : [chosen.origin];
  const endpoint = /^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._+-]+):([0-9A-Za-z_-]+)/.exec(written);
  const mark = endpoint === null ? /^\d+/.exec(written)?.[0] : undefined;
  if (mark !== undefined) {
    if (chosen !== undefined && chosen.value !== "fwm") {
      report.add(chosen.origin, "a firewall mark has the protocol fwm");
    }
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
    report.add(origin, "it is neither ADDRESS:PORT nor a firewall mark");
    return undefined;
  }
  const isDomain = portText === "53" || portText === "domain";
  const protocol: Protocol = chosen?.value === "udp" || (chosen === undefined && isDomain) ? "udp" : "tcp";
  if (chosen?.value === "fwm") report.add(chosen.origin, "an address has the protocol tcp or udp; it is taken for tcp");
  const port = readPort(portText, protocol, world);
  if (port === undefined) {
    report.add(origin, `there is no port ${portText}`);
    return undefined;
  }
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const literal = tryParseIpAddress(bare);
  const address = await resolveHost(literal ?? host.toLowerCase(), { isIpv6, world });
  if (address === undefined) {
    const family = isIpv6 ? "IPv6" : "IPv4";
    const hint = literal === undefined ? "" : "; virtual6 and real6 are for IPv6, virtual and real for IPv4";
    report.add(origin, `${bare} is no ${family} address, nor a host that has one${hint}`);
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

/** The port of a server in the table: ipvsadm gives servers that are not reached by nat that of the service. */
function tablePort({ port, forward }: Pick<LdirectordServer, "port" | "forward">, listen: Listen): number {
  return listen.protocol === "fwm" || forward === "nat" ? port : listen.port;
}

/** The first name that is free; words become one. */
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

function persistenceEntry(section: Section, isIpv6: boolean): Entry | undefined {
  const persistent = section.get("persistent");
  if (persistent === undefined) return undefined;
  const netmask = section.get("netmask");
  const written = netmask?.value;
  const isWhole = written === undefined || written === (isIpv6 ? "128" : "255.255.255.255");
  const value: Value = {
    timeout: writeSeconds(Number(persistent.value) || DEFAULT_PERSISTENCE_SECONDS),
    netmask: isWhole ? undefined : isIpv6 ? Number(written) : written,
  };
  return { key: "persistence", value, origins: [persistent.origin, ...netmask === undefined ? [] : [netmask.origin]] };
}

function onePacketEntry(section: Section, protocol: Listen["protocol"]): Entry | undefined {
  // ldirectord leaves it out where the protocol is another one.
  const ops = protocol === "udp" ? section.get("ops") : undefined;
  return ops?.value === "yes" ? { key: "one_packet", value: true, origins: [ops.origin] } : undefined;
}

function reactionEntry({ section, globals }: CheckedVirtual): Entry {
  const quiescent = section.get("quiescent") ?? globals.get("quiescent");
  const again = globals.get("readdquiescent");
  const value = quiescent?.value === "yes" ? "quiesce" : "remove";
  const notes = value === "quiesce" && again?.value === "no"
    ? [`${formatOrigin(again.origin)}: here a server that is down is put back with weight 0`]
    : [];
  return quiescent === undefined
    ? { key: "on_failure", value, notes: ["ldirectord's default"] }
    : { key: "on_failure", value, origins: [quiescent.origin], notes };
}

async function fallbackEntry(
  { section, globals, protocol, isIpv6, report }: CheckedVirtual,
  { world }: ServiceSurroundings,
  listen: Listen,
): Promise<Entry | undefined> {
  const name = isIpv6 ? "fallback6" : "fallback";
  // The global one is made for tcp and udp; a firewall mark finds nothing in it.
  const directive = section.get(name) ?? (protocol === "fwm" ? undefined : globals.get(name));
  if (directive === undefined) return undefined;
  const read = readFallback(directive, { isIpv6, world, report });
  if (read === undefined) return undefined;
  const { host, forward } = read;
  const place = await resolveHost(host, { isIpv6, world });
  if (place === undefined) {
    report.add(directive.origin, `${host} is no ${isIpv6 ? "IPv6" : "IPv4"} address, nor a host that has one`);
    return undefined;
  }
  const written = read.port ?? listen.port;
  const port = tablePort({ port: written, forward }, listen);
  const notes = port === written ? [] : [portNote(forward)];
  return { key: "fallback", value: { address: formatPlace(place, port), forward }, origins: [directive.origin], notes };
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
    // ldirectord takes whichever address comes first.
    resolve: isAddress(host) ? undefined : "first",
    check: options.check,
  };
  const address = formatPlace(host, port);
  const isPlain = Object.values(settings).every((value) => value === undefined);
  const notes = server.port !== 0 && server.port !== port ? [portNote(forward)] : [];
  return { value: isPlain ? address : { address, ...settings }, origins: [origin], notes };
}

function reportLost(section: Section, { globals, report }: Pick<ServiceSurroundings, "globals" | "report">): void {
  const file = section.get("monitorfile");
  if (file !== undefined) {
    report.add(file.origin, "lvsctl run writes no file for each probe; its log tells of every change");
  }
  const stop = section.get("cleanstop");
  if (stop !== undefined && stop.value !== (globals.get("cleanstop")?.value ?? "yes")) {
    report.add(stop.origin, '"lvsctl run --on-exit" goes for all services');
  }
}
