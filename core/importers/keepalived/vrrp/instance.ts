import { DEFAULT_VRRP, formatDuration } from "../../../model/mod.ts";
import { type Entry, type Item, ListBlock, MappingBlock } from "../../document.ts";
import type { Report } from "../../imported.ts";
import { entry } from "../connection.ts";
import type { Mail } from "../notify.ts";
import { blockOf, type Listeners, readSection, type Section } from "../section.ts";
import type { Statement } from "../statement.ts";
import { decimal, integer, isOn, numberOf } from "../values.ts";
import { addressItem, advertised, readAddresses, type VirtualAddress } from "./addresses.ts";
import { AUTHENTICATION } from "./directives.ts";
import { notifications } from "./notifications.ts";
import { unicastEntries } from "./unicast.ts";

/** An instance of the file, read. */
export interface Instance {
  /** Its name in lvsctl's file. */
  readonly name: string;
  /** Its directives. */
  readonly section: Section;
  /** Its line. */
  readonly statement: Statement;
}

/** Options of {@linkcode makeInstance}. */
export interface InstanceOptions extends Listeners {
  /** The global directives. */
  readonly globals: Section;
  /** What it tracks. */
  readonly tracks: readonly Item[];
  /** The key of its sync daemons; undefined without. */
  readonly sync: Entry | undefined;
  /** The settings of mails; undefined without a recipient. */
  readonly mail: Mail | undefined;
}

const OWNER = 255;

/** Bytes of a password that keepalived uses. */
const PASSWORD_BYTES = 8;

/** The unit of the intervals of each version, and the longest one; milliseconds. */
const INTERVALS = { 2: { unit: 1000, most: 255_000 }, 3: { unit: 10, most: 40_950 } } as const;

type Version = keyof typeof INTERVALS;

/** Converts an instance; undefined, with a report, if lvsctl cannot have it. */
export function makeInstance(instance: Instance, options: InstanceOptions): Item | undefined {
  const { name, section, statement } = instance;
  const { report } = options;
  const lines = section.all("virtual_ipaddress").flatMap(({ block = [] }) => block);
  const addresses = inOrder(advertised(readAddresses(lines, options), report));
  const [first] = addresses;
  const device = section.get("interface");
  const vrid = section.get("virtual_router_id");
  const version = versionOf(instance, { ...options, isIpv6: first?.family === "ipv6" });
  const problem = device === undefined
    ? "it has no interface, so keepalived does not start"
    : vrid === undefined
    ? "it has no virtual_router_id, so keepalived does not start"
    : first === undefined
    ? "it has no virtual_ipaddress, and lvsctl needs one"
    : first.family === "ipv6" && !isLinkLocal(first)
    ? "an instance of lvsctl has a link-local IPv6 address first, such as fe80::51; add one on all directors"
    : first.family === "ipv6" && version.value === 2
    ? "version 2 has no IPv6 addresses; set version 3 on all directors"
    : undefined;
  if (problem !== undefined || device === undefined || vrid === undefined) {
    report.add(statement.origin, `${problem ?? ""}; the instance is left out`);
    return undefined;
  }
  const excluded = excludedAddresses(section, { addresses, options });
  reportDevices([...addresses, ...excluded], { device, options });
  const notify = notifications(section, { ...options, kind: "INSTANCE", name: statement.words[0] ?? "" });
  reportStrict(section, options);
  return {
    value: new MappingBlock([
      { key: "name", value: name, essential: true },
      { ...entry("vrid", numberOf(vrid) ?? 0, vrid), essential: true },
      { ...entry("device", device.words[0] ?? "", device), essential: true },
      priorityEntry(section, report),
      version.entry,
      intervalEntry(section, version.value),
      { key: "vips", value: new ListBlock(addresses.map(addressItem)), essential: true },
      excluded.length === 0 ? undefined : { key: "vips_excluded", value: new ListBlock(excluded.map(addressItem)) },
      ...unicastEntries(section, { ...options, family: first?.family ?? "ipv4" }),
      passwordEntry(section, { ...options, version: version.value }),
      preemptEntry(section, options),
      startupEntry(options.globals),
      virtualMacEntry(section, report),
      options.tracks.length === 0 ? undefined : { key: "track", value: new ListBlock(options.tracks) },
      options.sync,
      notify.length === 0 ? undefined : { key: "notify", value: new ListBlock(notify) },
    ]),
    origins: [statement.origin],
  };
}

function isLinkLocal({ address }: VirtualAddress): boolean {
  return /^fe[89ab]/.test(address);
}

/** The addresses with a link-local IPv6 one first: the order has no meaning for keepalived. */
function inOrder(addresses: readonly VirtualAddress[]): readonly VirtualAddress[] {
  const first = addresses[0]?.family === "ipv6" ? addresses.find(isLinkLocal) : undefined;
  return first === undefined ? addresses : [first, ...addresses.filter((each) => each !== first)];
}

/** The addresses that are not advertised, of both families. */
function excludedAddresses(
  section: Section,
  { addresses, options }: { readonly addresses: readonly VirtualAddress[]; readonly options: InstanceOptions },
): readonly VirtualAddress[] {
  const taken = new Set(addresses.map(({ address }) => address));
  const lines = section.all("virtual_ipaddress_excluded").flatMap(({ block = [] }) => block);
  return readAddresses(lines, options).filter(({ address, statement: { origin } }) => {
    if (taken.has(address)) options.report.add(origin, "the instance has this address already");
    const isNew = !taken.has(address);
    taken.add(address);
    return isNew;
  });
}

function reportDevices(
  addresses: readonly VirtualAddress[],
  { device, options }: { readonly device: Statement; readonly options: InstanceOptions },
): void {
  const own = device.words[0];
  for (const { device: other, statement } of addresses) {
    if (other === undefined || other === own) continue;
    options.report.add(
      statement.origin,
      `lvsctl has all addresses of an instance on its device: this one is on ${own}, not on ${other}`,
    );
  }
}

/** Whether the standards are enforced for an instance, as `vrrp_strict` does. */
function isStrict(section: Section, globals: Section): boolean {
  const own = section.get("strict_mode");
  return isOn(own ?? globals.get("vrrp_strict"));
}

function reportStrict(section: Section, { globals, report }: InstanceOptions): void {
  const strict = section.get("strict_mode") ?? globals.get("vrrp_strict");
  if (strict === undefined || !isOn(strict) || isOwner(section)) return;
  report.add(
    strict.origin,
    "keepalived drops the packets to the addresses, so that no service answers; lvsctl accepts them",
  );
}

/** The state MASTER, which a later BACKUP does not change. */
function masterOf(section: Section): Statement | undefined {
  return section.all("state").find(({ words: [state] }) => state === "MASTER");
}

const PRIORITY = integer(1, OWNER);

/** The priority; without one, the state MASTER means the owner. */
function priorityOf(section: Section): number {
  const written = section.get("priority");
  if (written === undefined) return masterOf(section) === undefined ? DEFAULT_VRRP.priority : OWNER;
  return PRIORITY(written) === undefined ? numberOf(written) ?? OWNER : DEFAULT_VRRP.priority;
}

/** Whether an instance owns its addresses: its priority is the highest one. */
export function isOwner(section: Section): boolean {
  return priorityOf(section) === OWNER;
}

function priorityEntry(section: Section, report: Report): Entry {
  const written = section.get("priority");
  const master = masterOf(section);
  const value = priorityOf(section);
  if (written === undefined) {
    if (master === undefined) return { key: "priority", value, notes: ["keepalived's default"] };
    const notes = ["keepalived's default with state MASTER: the director always has the addresses"];
    return { ...entry("priority", value, master), notes };
  }
  const expected = PRIORITY(written);
  if (expected !== undefined) report.add(written.origin, `it must be ${expected}; it becomes ${value}`);
  const notes = master === undefined || value === OWNER ? [] : ["state MASTER: the priority decides, as in keepalived"];
  return { ...entry("priority", value, written), notes };
}

function versionOf(
  { section }: Instance,
  { globals, isIpv6, report }: InstanceOptions & { readonly isIpv6: boolean },
): { readonly value: Version; readonly entry: Entry } {
  const [own, ...others] = section.all("version");
  for (const { origin } of others) report.add(origin, "keepalived uses the first version of an instance");
  const written = own ?? (isIpv6 ? undefined : globals.get("vrrp_version"));
  const value: Version = (numberOf(written) ?? (isIpv6 ? 3 : 2)) === 2 ? 2 : 3;
  if (written !== undefined) return { value, entry: entry("version", value, written) };
  return {
    value,
    entry: { key: "version", value, notes: [isIpv6 ? "IPv6 has version 3" : "keepalived's default for IPv4"] },
  };
}

function intervalEntry(section: Section, version: Version): Entry {
  const written = section.get("advert_int");
  const { unit, most } = INTERVALS[version];
  const milliseconds = Number(written?.words[0] ?? 1) * 1000;
  const rounded = Math.min(most, Math.max(unit, Math.round(milliseconds / unit) * unit));
  const notes = rounded === milliseconds ? [] : [`keepalived uses ${formatDuration(rounded)} in version ${version}`];
  return { ...entry("interval", formatDuration(rounded), written), notes };
}

function passwordEntry(
  section: Section,
  { report, idle, version }: Listeners & { readonly version: Version },
): Entry | undefined {
  const blocks = section.all("authentication");
  const [block] = blocks;
  if (block === undefined) return undefined;
  const statements = blocks.flatMap((each) => each.block ?? []);
  const read = readSection({ ...blockOf(block), statements }, { report, idle, rules: AUTHENTICATION });
  const type = read.get("auth_type");
  const password = read.get("auth_pass");
  if (type === undefined || type.words[0] === "none") return undefined;
  const { origin } = type;
  if (version === 3) report.add(origin, "version 3 has no authentication; keepalived ignores it");
  else if (password === undefined) report.add(origin, "it has no auth_pass; keepalived ignores it");
  else if (type.words[0] === "AH") {
    report.add(
      origin,
      "lvsctl does not support AH, and routers with AH ignore its packets; use PASS or none on all directors first",
    );
  } else if (type.words[0] !== "PASS") report.add(origin, "it must be PASS or AH; it is ignored");
  else {return {
      ...entry("password", firstBytes(password.words[0] ?? ""), password),
      origins: [origin, password.origin],
    };}
  return undefined;
}

/** The bytes of a password that keepalived sends, as text. */
function firstBytes(text: string): string {
  const bytes = new TextEncoder().encode(text).subarray(0, PASSWORD_BYTES);
  return new TextDecoder().decode(bytes);
}

const DELAY = decimal(0, 1000);

function preemptEntry(section: Section, { report, globals }: InstanceOptions): Entry | undefined {
  const preempt = section.get("preempt");
  const delay = section.get("preempt_delay");
  const isOff = preempt?.keyword === "nopreempt";
  const start = isOwner(section) ? "priority 255" : masterOf(section) === undefined ? undefined : "state MASTER";
  if (isOff && start !== undefined) report.add(preempt.origin, `${start} cancels it in keepalived`);
  const isKept = isOff && start === undefined;
  if (delay !== undefined) {
    const expected = DELAY(delay);
    const isStarter = masterOf(section) !== undefined || section.all("state").length === 0;
    const canceller = (isStarter ? start : undefined) ??
      (isOff ? "nopreempt" : isStrict(section, globals) ? "vrrp_strict" : undefined);
    const milliseconds = expected === undefined ? Math.round(Number(delay.words[0]) * 1000) : 0;
    if (expected !== undefined) report.add(delay.origin, `it must be ${expected}; it becomes 0`);
    else if (canceller !== undefined) report.add(delay.origin, `${canceller} cancels it in keepalived`);
    else if (milliseconds > 0) return entry("preempt", { delay: formatDuration(milliseconds) }, delay);
  }
  return isKept ? entry("preempt", false, preempt) : undefined;
}

function virtualMacEntry(section: Section, report: Report): Entry | undefined {
  const vmac = section.get("use_vmac");
  if (vmac === undefined) return undefined;
  for (const word of vmac.words) {
    const isAddress = /^[\da-fA-F]{1,2}(?::[\da-fA-F]{1,2}){4,5}$/.test(word);
    const reason = isAddress
      ? "lvsctl uses the hardware address of the standards, 00:00:5e:00:01:VRID"
      : "lvsctl names the interface lvs4.VRID or lvs6.VRID";
    report.add(vmac.origin, reason);
  }
  return entry("virtual_mac", true, vmac);
}

function startupEntry(globals: Section): Entry | undefined {
  const delay = globals.get("vrrp_startup_delay");
  const milliseconds = Math.round(Number(delay?.words[0] ?? 0) * 1000);
  return milliseconds === 0 ? undefined : entry("startup_delay", formatDuration(milliseconds), delay);
}
