import { defined, type VrrpGroup, type VrrpInstance, type VrrpSync, type VrrpTrack } from "../../model/mod.ts";
import type { SectionOf } from "../schema/types.ts";
import { type VRRP_GROUP, type VRRP_SYNC, type VRRP_TRACK, vrrpVersion } from "../schema/vrrp_schema.ts";
import type { SourceReport } from "../source/source_report.ts";
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

/** An instance, and what has to be checked against the rest of the file. */
export interface ReadInstance {
  /** The instance; undefined if a required key is missing. */
  readonly instance: VrrpInstance | undefined;
  /** The services that it tracks. */
  readonly services: readonly ServiceReference[];
}

/** Reads an instance, and reports impossible combinations. */
export function readVrrpInstance(section: InstanceSection, report: SourceReport): ReadInstance {
  const { values } = section;
  const { name, vrid, device, priority, interval: intervalMs, password, checksum } = values;
  const version = vrrpVersion(values.version);
  const services: ServiceReference[] = [];
  const tracks = (values.track ?? []).flatMap((track) => readTrack(track, services));
  if (name === undefined || vrid === undefined || device === undefined || values.vips === undefined) {
    return { instance: undefined, services };
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
  return { instance, services };
}

function readTrack(section: SectionOf<typeof VRRP_TRACK>, services: ServiceReference[]): readonly VrrpTrack[] {
  const { interface: device, service, command, file, weight, interval: intervalMs } = section.values;
  const given = (["interface", "service", "command", "file"] as const).filter((key) =>
    section.nodeOf(key) !== undefined
  );
  if (given.length !== 1) {
    section.report(given, "a track has exactly one of interface, service, command and file");
    return [];
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
  const { timeout, rise, fall } = section.values;
  return [{ kind: "command", command, weight, intervalMs, timeoutMs: timeout ?? intervalMs, rise, fall }];
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
