import {
  type Check,
  defined,
  describeTrack,
  needsServerAddress,
  needsServerPort,
  type VrrpGroup,
  type VrrpInstance,
  type VrrpSync,
  type VrrpTrack,
} from "../../model/mod.ts";
import type { SectionOf } from "../schema/types.ts";
import { type VRRP_GROUP, type VRRP_SYNC, type VRRP_TRACK, vrrpVersion } from "../schema/vrrp_schema.ts";
import type { SourceReport } from "../source/source_report.ts";
import { type CheckSection, readCheck } from "./check.ts";
import { readVrrpNotification } from "./notifications.ts";
import { checkCarriers, type InstanceSection, readExcludedVips, readVips } from "./vrrp_addresses.ts";

/** The unit of the interval of each version, and the longest interval; milliseconds. */
const INTERVALS = { 2: { unitMs: 1000, maxMs: 255_000 }, 3: { unitMs: 10, maxMs: 40_950 } } as const;

/** A service's name that a track refers to, for a check when all services are known. */
export interface ServiceReference {
  /** The name. */
  readonly service: string;
  /** Its place. */
  readonly offset: number;
}

/** A tracked check, whose label must stand for no other one of the file. */
export interface CheckReference {
  /** Its label. */
  readonly label: string;
  /** The check as text, the same for equal checks. */
  readonly text: string;
  /** Its place. */
  readonly offset: number;
}

/** What the tracks of an instance refer to. */
interface References {
  readonly services: ServiceReference[];
  readonly checks: CheckReference[];
}

/** An instance, and what has to be checked against the rest of the file. */
export interface ReadInstance {
  /** The instance; undefined if a required key is missing. */
  readonly instance: VrrpInstance | undefined;
  /** The services that it tracks. */
  readonly services: readonly ServiceReference[];
  /** The checks that it tracks. */
  readonly checks: readonly CheckReference[];
}

/** Reads an instance, and reports impossible combinations. */
export function readVrrpInstance(section: InstanceSection, report: SourceReport): ReadInstance {
  const { values } = section;
  const { name, vrid, device, priority, interval: intervalMs, password, checksum } = values;
  const version = vrrpVersion(values.version);
  const references: References = { services: [], checks: [] };
  const tracks = (values.track ?? []).flatMap((track) => readTrack(track, references));
  if (name === undefined || vrid === undefined || device === undefined || values.vips === undefined) {
    return { instance: undefined, ...references };
  }
  const { unitMs, maxMs } = INTERVALS[version];
  if (intervalMs % unitMs !== 0 || intervalMs > maxMs) {
    const form = version === 2 ? "whole seconds up to 255s" : "steps of 10ms up to 40s950ms";
    section.report(["interval", "version"], `version ${version} has intervals in ${form}`);
  }
  if (version === 3 && password !== undefined) {
    section.report(["password", "version"], "version 3 has no password; leave it out, or set version: 2");
  }
  const vips = readVips(section, { device, version, report });
  checkCarriers(section, { vips, report });
  const { preempts = true, delayMs: preemptDelayMs = 0 } = values.preempt ?? {};
  const instance: VrrpInstance = defined({
    name,
    vrid,
    device,
    priority,
    version,
    intervalMs,
    vips,
    excludedVips: readExcludedVips(section, { device, report }),
    peers: (values.peers ?? []).map(({ value }) => value),
    sources: (values.source ?? []).map(({ value }) => value),
    password,
    checksum,
    preempts,
    preemptDelayMs,
    startupDelayMs: values.startup_delay,
    tracks,
    virtualMac: values.virtual_mac,
    sync: values.sync === undefined ? undefined : readSync(values.sync, vrid),
    notify: (values.notify ?? []).map(readVrrpNotification),
  });
  return { instance, ...references };
}

/** Time between two runs of a command, or two readings of a file, by default; milliseconds. */
const TRACK_INTERVAL_MS = 1000;

/** The keys that say what a track is about. */
const KINDS = ["interface", "service", "command", "file", "check"] as const;

function readTrack(section: SectionOf<typeof VRRP_TRACK>, { services, checks }: References): readonly VrrpTrack[] {
  const { interface: device, service, command, file, check, name, weight } = section.values;
  const { interval: intervalMs = TRACK_INTERVAL_MS } = section.values;
  const given = KINDS.filter((key) => section.nodeOf(key) !== undefined);
  if (given.length !== 1) {
    section.report(given, "a track has exactly one of interface, service, command, file and check");
    return [];
  }
  if (name !== undefined && given[0] !== "check") section.report(["name"], "name is allowed only with check");
  if (check !== undefined) {
    const read = readTrackedCheck(check, section);
    const track = defined({ kind: "check", check: read, name: name?.value, weight } as const);
    checks.push({ label: describeTrack(track), text: JSON.stringify(read), offset: section.node.offset });
    return [track];
  }
  if (file !== undefined) return [{ kind: "file", path: file, weight, intervalMs }];
  if (device !== undefined) return [{ kind: "interface", device, weight }];
  if (service !== undefined) {
    services.push({ service: service.value, offset: service.node.offset });
    return [{ kind: "service", service: service.value, weight }];
  }
  if (command === undefined) return [];
  if (command[0]?.startsWith("/") !== true) {
    section.report(["command"], "command must begin with the absolute path of a program");
  }
  const { timeout, rise = 1, fall = 1 } = section.values;
  return [{ kind: "command", command, weight, intervalMs, timeoutMs: timeout ?? intervalMs, rise, fall }];
}

/** The keys of a track that have their places in a check. */
const TIMING = ["interval", "timeout", "rise", "fall"] as const;

function readTrackedCheck(written: CheckSection, track: SectionOf<typeof VRRP_TRACK>): Check {
  for (const key of TIMING) {
    if (track.nodeOf(key) !== undefined) track.report([key], `${key} belongs to the check; write it there`);
  }
  const check = readCheck(written);
  const { section } = written;
  if (needsServerAddress(check)) section.report([], "a tracked check has an address of its own; add address");
  else if (needsServerPort(check)) section.report([], "a tracked check has a port of its own; add port");
  return check;
}

function readSync({ values }: SectionOf<typeof VRRP_SYNC>, vrid: number): VrrpSync | undefined {
  const { device, id = vrid, max_length: maxLength, group, port, ttl, keep: keeps } = values;
  if (device === undefined) return undefined;
  return { daemon: defined({ interface: device, syncId: id, maxLength, group, port, ttl }), keeps };
}

/** Reads a group, and reports members that are no instances. */
export function readVrrpGroup(
  { values: { name, members = [], notify } }: SectionOf<typeof VRRP_GROUP>,
  { instances, report }: { readonly instances: ReadonlySet<string>; readonly report: SourceReport },
): VrrpGroup | undefined {
  for (const { value, node } of members) {
    if (!instances.has(value)) report.addProblem(node.offset, `no vrrp instance has the name "${value}"`);
  }
  if (name === undefined) return undefined;
  return { name, members: members.map(({ value }) => value), notify: (notify ?? []).map(readVrrpNotification) };
}
