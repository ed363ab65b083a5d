import { type Entry, flatten, type Item, ListBlock, MappingBlock, type Origin, type Value } from "../document.ts";
import type { Report } from "../imported.ts";
import { writeSeconds } from "../table.ts";
import { type LdirectordService, SERVICES } from "./directives.ts";
import { negotiateProbe, type Probe, type ProbeSource } from "./probe.ts";
import type { Section } from "./sections.ts";
import type { LdirectordServer } from "./server.ts";

/** ldirectord's defaults; seconds. */
const DEFAULTS = { checkinterval: 10, checktimeout: 5, negotiatetimeout: 30 } as const;

/** ldirectord's default service of each port. */
const SERVICE_PORTS: ReadonlyMap<number, LdirectordService> = new Map([
  [21, "ftp"],
  [25, "smtp"],
  [53, "dns"],
  [80, "http"],
  [110, "pop"],
  [119, "nntp"],
  [143, "imap"],
  [389, "ldap"],
  [443, "https"],
  [587, "submission"],
  [636, "ldaps"],
  [993, "imaps"],
  [995, "pops"],
  [1521, "oracle"],
  [1812, "radius"],
  [3128, "http_proxy"],
  [3306, "mysql"],
  [5060, "sip"],
  [5432, "pgsql"],
]);

/** A virtual service with checks. */
export interface CheckedVirtual {
  /** Its directives. */
  readonly section: Section;
  /** The global directives. */
  readonly globals: Section;
  /** Its protocol. */
  readonly protocol: "tcp" | "udp" | "fwm";
  /** Its address or firewall mark, as an argument of ldirectord's commands. */
  readonly address: string;
  /** Its port; 0 for a firewall mark. */
  readonly port: number;
  /** Whether its family is IPv6. */
  readonly isIpv6: boolean;
  /** Its place in the file. */
  readonly origin: Origin;
  /** Receives the directives without a counterpart. */
  readonly report: Report;
}

/** A server with its port in the table. */
export interface PlacedServer {
  /** The server in the file. */
  readonly server: LdirectordServer;
  /** Its port in the table. */
  readonly port: number;
}

/** The checks of the servers of a service. */
export interface ServiceCheck {
  /** The check of the service; undefined if there is no check. */
  readonly entry: Entry | undefined;
  /** The differing checks of single servers. */
  readonly own: ReadonlyMap<LdirectordServer, Value>;
}

/** Chooses the most frequent check for the service, and the differences for the other servers. */
export function serviceCheck(virtual: CheckedVirtual, servers: readonly PlacedServer[]): ServiceCheck {
  const checks = servers.map((placed) => ({ placed, entries: checkEntries(virtual, placed) }));
  const counts = new Map<string, number>();
  for (const { entries } of checks) counts.set(keyOf(entries), (counts.get(keyOf(entries)) ?? 0) + 1);
  const common = [...counts].reduce((best, each) => each[1] > best[1] ? each : best, ["", 0] as const)[0];
  const base = checks.find(({ entries }) => keyOf(entries) === common)?.entries ?? checkEntries(virtual, undefined);
  const own = new Map<LdirectordServer, Value>();
  for (const { placed, entries } of checks) {
    if (keyOf(entries) !== keyOf(base)) own.set(placed.server, difference(virtual, { base, entries, placed }));
  }
  return { entry: checkEntry(virtual, base), own };
}

function keyOf(entries: readonly Entry[] | undefined): string {
  return JSON.stringify(entries?.map(({ key, value }) => [key, flatten(value)]) ?? null);
}

function checkEntry(virtual: CheckedVirtual, base: readonly Entry[] | undefined): Entry | undefined {
  const { section } = virtual;
  if (base !== undefined) return { key: "check", value: new MappingBlock(base) };
  const causes = [section.get("checktype"), section.get("service")];
  const origins = causes.flatMap((each) => each === undefined ? [] : [each.origin]);
  const isUnknown = origins.length === 0 && serviceOf(virtual).service === "none";
  const notes = isUnknown ? ["ldirectord knows no service for this port, and treats every server as up"] : [];
  return { key: "check", value: "none", origins, notes };
}

/** The keys of a server's check that differ from the service's check. */
function difference(
  { report }: CheckedVirtual,
  { base, entries, placed }: {
    readonly base: readonly Entry[] | undefined;
    readonly entries: readonly Entry[] | undefined;
    readonly placed: PlacedServer;
  },
): Value {
  if (entries === undefined) return "none";
  const values = new Map(base?.map(({ key, value }) => [key, JSON.stringify(flatten(value))]));
  const result: Record<string, Value> = {};
  for (const { key, value } of entries) {
    const flat = flatten(value);
    if (values.get(key) !== JSON.stringify(flat)) result[key] = flat;
    values.delete(key);
  }
  // The server would inherit the remaining keys of the service.
  for (const key of values.keys()) {
    if (key === "port") result["port"] = placed.port;
    else if (key === "expect") result["expect"] = { status: "200-299" };
    else report.add(placed.server.origin, `its check would inherit ${key} from the service`);
  }
  return result;
}

/** The keys of the check of a server; undefined if there is no check. */
function checkEntries(virtual: CheckedVirtual, placed: PlacedServer | undefined): readonly Entry[] | undefined {
  const probe = makeProbe(virtual, placed);
  const parts = maintenanceParts(virtual, placed);
  if (parts.length === 0) return probe === undefined ? undefined : [...probe, ...timing(virtual)];
  const own = probe === undefined ? [] : [{ value: new MappingBlock(probe) }];
  const on = probe === undefined ? virtual.section.get("checktype") : undefined;
  return [
    { key: "type", value: "all_of", essential: true, origins: on === undefined ? [] : [on.origin] },
    { key: "checks", value: new ListBlock([...own, ...parts]), essential: true },
    ...timing(virtual),
  ];
}

/** The files that take a server out of service, as parts of its check. */
function maintenanceParts({ globals, isIpv6 }: CheckedVirtual, placed: PlacedServer | undefined): readonly Item[] {
  const directory = globals.get("maintenancedir");
  // A relative path is reported once, for the file.
  if (directory === undefined || !directory.value.startsWith("/")) return [];
  const address = isIpv6 ? "[{address}]" : "{address}";
  const names = [`${address}:${portWord(placed)}`, address];
  return names.map((name): Item => ({
    value: { type: "file", path: `${directory.value.replace(/\/$/, "")}/${name}`, condition: "absent" },
    origins: [directory.origin],
  }));
}

/** The port of a server as an argument of ldirectord's commands: the port in the file, which may differ from the table's. */
function portWord(placed: PlacedServer | undefined): string {
  return placed === undefined || placed.server.port === placed.port ? "{port}" : String(placed.server.port);
}

/** The application protocol of a service, with its places. */
function serviceOf({ section, port, protocol }: CheckedVirtual): {
  readonly service: LdirectordService;
  readonly origins: readonly Origin[];
} {
  const written = section.get("service");
  const known = SERVICES.find((service) => service === written?.value);
  if (written !== undefined && known !== undefined) return { service: known, origins: [written.origin] };
  return { service: protocol === "fwm" ? "none" : SERVICE_PORTS.get(port) ?? "none", origins: [] };
}

function makeProbe(virtual: CheckedVirtual, placed: PlacedServer | undefined): Probe {
  const { section, protocol, report, origin } = virtual;
  const checkType = section.get("checktype");
  const origins = checkType === undefined ? [] : [checkType.origin];
  const source: ProbeSource = { section, protocol, server: placed?.server, origin, report };
  const type = (value: string): Entry => ({ key: "type", value, origins, essential: true });
  switch (checkType?.value) {
    case "on":
    case "off":
      return undefined;
    case "connect":
      return protocol === "udp" ? pingProbe(virtual, type("ping")) : withPort(virtual, placed, [type("tcp")]);
    case "ping":
      return pingProbe(virtual, type("ping"));
    case "external":
    case "external-perl":
      return externalProbe(virtual, placed, type("exec"));
  }
  const { service, origins: serviceOrigins } = serviceOf(virtual);
  const isCombined = /^\d+$/.test(checkType?.value ?? "");
  const notes = isCombined ? ["ldirectord makes some of these checks in full, and only connects in the others"] : [];
  const probe = negotiateProbe(service, source, { origins: [...origins, ...serviceOrigins], notes });
  return probe === undefined ? undefined : withPort(virtual, placed, probe);
}

function pingProbe({ section, globals }: CheckedVirtual, type: Entry): Probe {
  const count = section.get("checkcount") ?? globals.get("checkcount");
  if (count === undefined) return [type];
  const notes = [...type.notes ?? [], "each probe sends up to three echo requests"];
  return [{ ...type, origins: [...type.origins ?? [], count.origin], notes }];
}

function externalProbe(virtual: CheckedVirtual, placed: PlacedServer | undefined, type: Entry): Probe {
  const { section, report, address, port, isIpv6, origin } = virtual;
  const command = section.get("checkcommand");
  const program = command?.value ?? "/bin/true";
  if (!program.startsWith("/")) {
    report.add(command?.origin ?? origin, "the command must be an absolute path; the servers are not checked");
    return undefined;
  }
  const words = [program, address, String(port), isIpv6 ? "[{address}]" : "{address}", portWord(placed)];
  const isPerl = section.get("checktype")?.value === "external-perl";
  return [
    type,
    {
      key: "command",
      value: isPerl ? ["/usr/bin/perl", ...words] : words,
      essential: true,
      origins: command === undefined ? [] : [command.origin],
    },
  ];
}

/** Adds the port to a probe if it differs from the server's port in the table. */
function withPort(virtual: CheckedVirtual, placed: PlacedServer | undefined, probe: readonly Entry[]): Probe {
  const { section, report, origin } = virtual;
  const written = section.get("checkport");
  const { service, origins: serviceOrigins } = serviceOf(virtual);
  const [usual] = [...SERVICE_PORTS].find(([, name]) => name === service) ?? [];
  const own = placed === undefined ? virtual.port : placed.server.port;
  const port = written !== undefined ? Number(written.value) : own > 0 ? own : usual;
  if (port === undefined) {
    report.add(
      placed?.server.origin ?? origin,
      "there is no port to check: add checkport; ldirectord reports the server as down",
    );
    return undefined;
  }
  if (port === (placed?.port ?? virtual.port)) {
    if (written === undefined) return probe;
    const [type, ...others] = probe;
    return type === undefined ? probe : [{ ...type, origins: [...type.origins ?? [], written.origin] }, ...others];
  }
  const origins = written !== undefined ? [written.origin] : own > 0 ? [] : serviceOrigins;
  return [...probe, { key: "port", value: port, origins }];
}

/** The timeout, by ldirectord's precedence of directives. */
function timeoutOf(virtual: CheckedVirtual): { readonly seconds: number; readonly origin?: Origin } {
  const { section, globals } = virtual;
  const isNegotiating = usesNegotiateTimeout(virtual);
  const [first, second] = isNegotiating
    ? ["negotiatetimeout", "checktimeout"] as const
    : ["checktimeout", "negotiatetimeout"] as const;
  const directive = section.get(first) ?? section.get(second) ?? globals.get(first) ?? globals.get(second);
  return directive === undefined
    ? { seconds: DEFAULTS[first] }
    : { seconds: Number(directive.value), origin: directive.origin };
}

function usesNegotiateTimeout(virtual: CheckedVirtual): boolean {
  const checkType = virtual.section.get("checktype")?.value ?? "negotiate";
  if (checkType !== "negotiate" && !/^\d+$/.test(checkType)) return false;
  return !["ldap", "ldaps", "radius"].includes(serviceOf(virtual).service);
}

function timing(virtual: CheckedVirtual): readonly Entry[] {
  const { section, globals } = virtual;
  const isForking = globals.get("fork")?.value === "yes";
  const pause = (isForking ? section.get("checkinterval") : undefined) ?? globals.get("checkinterval");
  const timeout = timeoutOf(virtual);
  const failures = section.get("failurecount") ?? globals.get("failurecount");
  return [
    {
      key: "interval",
      value: writeSeconds(Number(pause?.value ?? DEFAULTS.checkinterval)),
      origins: pause === undefined ? [] : [pause.origin],
    },
    {
      key: "timeout",
      value: writeSeconds(timeout.seconds),
      origins: timeout.origin === undefined ? [] : [timeout.origin],
    },
    { key: "rise", value: 1, notes: ["one success is enough for ldirectord"] },
    { key: "fall", value: Number(failures?.value ?? 1), origins: failures === undefined ? [] : [failures.origin] },
  ];
}
