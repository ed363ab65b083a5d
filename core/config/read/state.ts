import {
  addressFamily,
  defined,
  type DesiredState,
  type Discovery,
  formatServiceId,
  type HealthSharing,
  type MetricsSettings,
  type SyncDaemon,
  type Timeouts,
  type Vip,
  vipObjections,
  type VrrpGroup,
  type VrrpInstance,
} from "../../model/mod.ts";
import { ExpansionLimit } from "./expansion.ts";
import type { DiscoveryAnswers } from "./discovery.ts";
import type { HostAnswers } from "./hosts.ts";
import { FORMAT_VERSION } from "../schema/limits.ts";
import { readMetrics } from "./metrics.ts";
import { inheritDefaults, valueOf } from "../source/defaults.ts";
import type { FileTree } from "../source/included_files.ts";
import type { SourceReport } from "../source/source_report.ts";
import { type LocatedService, readService } from "./service.ts";
import {
  DEFAULT_KEYS,
  FILE,
  FILE_KEYS,
  type HOST,
  type SYNC_DAEMON,
  type TIMEOUTS,
  type VIP,
} from "../schema/file_schema.ts";
import { type SectionOf } from "../schema/types.ts";
import { type CheckReference, readVrrpGroup, readVrrpInstance, type ServiceReference } from "./vrrp.ts";
import type { HEALTH_SHARING } from "../schema/health_sharing_schema.ts";
import type { VRRP_GROUP, VRRP_INSTANCE } from "../schema/vrrp_schema.ts";
import type { Located } from "../schema/structures.ts";
import { describeNode, isUntyped, type MappingNode, type Tree } from "../source/tree.ts";

/** Options for reading the state. */
export interface ReadStateOptions {
  /** The addresses of host names; if omitted, servers with host names are left out. */
  readonly hosts?: HostAnswers | undefined;
  /** The answers of sources; if omitted, their servers are left out. */
  readonly sources?: DiscoveryAnswers | undefined;
  /** Whether a host name without a usable address is left out, and named in its service; otherwise it is reported. */
  readonly omitsUnresolved?: boolean | undefined;
}

/** The desired state of a file, with the places of its services. */
export interface ReadState {
  /** The desired state; incomplete if a problem was reported. */
  readonly desired: DesiredState;
  /** The virtual services, with their places. */
  readonly services: readonly LocatedService[];
  /** The sections of the virtual routers and of their groups. */
  readonly routers: readonly (SectionOf<typeof VRRP_INSTANCE> | SectionOf<typeof VRRP_GROUP>)[];
  /** The section of shared verdicts; undefined without one. */
  readonly sharing: SectionOf<typeof HEALTH_SHARING> | undefined;
}

/** Whether the file has the right version; otherwise that is the only problem that is reported. */
function hasVersion(tree: Tree, report: SourceReport): boolean {
  if (tree.kind !== "mapping") {
    const message = `the file must be a mapping with the keys ${FILE_KEYS.join(", ")}: got ${
      tree.kind === "scalar" ? "text" : `a ${tree.kind}`
    }`;
    report.addProblem(tree.offset, message);
    return false;
  }
  const version = valueOf(tree, "version");
  // Without a version the rest is read as version 1, and the mapping reports the missing key.
  if (version === undefined) return true;
  if (version.kind === "scalar" && isUntyped(version) && version.text === String(FORMAT_VERSION)) return true;
  const reason = `this lvsctl reads only version ${FORMAT_VERSION}`;
  report.addProblem(version.offset, `version must be ${FORMAT_VERSION}: got ${describeNode(version)}; ${reason}`);
  return false;
}

function readTimeouts({ values }: SectionOf<typeof TIMEOUTS>): Timeouts {
  return { tcpSeconds: values.tcp ?? 0, tcpFinSeconds: values.tcp_fin ?? 0, udpSeconds: values.udp ?? 0 };
}

/** Reports a host that has no name or gets nothing. */
function checkHost(host: SectionOf<typeof HOST>): void {
  const has = (key: keyof typeof host.values & string): boolean => host.nodeOf(key) !== undefined;
  if (!has("name") && !has("only_on")) host.report([], "a host needs a name, or the labels of hosts in only_on");
  if (!has("name") && has("labels")) host.report(["labels"], "labels need the name of the host that gets them");
  if (!has("variables") && !has("labels")) host.report([], "a host needs variables or labels");
}

/** Reads a file and its included files into one state, and reports duplicates. */
class StateReader {
  readonly #report: SourceReport;
  readonly #options: ReadStateOptions;
  readonly #expansion: ExpansionLimit;
  /** Offset of the first occurrence of each name, service, VIP and so on. */
  readonly #first = new Map<string, number>();
  #timeouts: Timeouts | undefined;
  #syncDaemons: SyncDaemon[] | undefined;
  #vips: Vip[] | undefined;
  #vrrp: VrrpInstance[] | undefined;
  #metrics: MetricsSettings | undefined;
  #healthSharing: HealthSharing | undefined;
  #sharing: SectionOf<typeof HEALTH_SHARING> | undefined;
  readonly #instanceSections: SectionOf<typeof VRRP_INSTANCE>[] = [];
  readonly #groupSections: SectionOf<typeof VRRP_GROUP>[] = [];
  readonly #trackedServices: ServiceReference[] = [];
  readonly #trackedChecks = new Map<string, CheckReference>();
  readonly #services: LocatedService[] = [];
  readonly #sources = new Map<string, { readonly text: string; readonly offset: number }>();

  constructor(report: SourceReport, options: ReadStateOptions) {
    this.#report = report;
    this.#options = options;
    this.#expansion = new ExpansionLimit(report);
  }

  get state(): ReadState {
    this.#checkTrackedServices();
    const desired = defined({
      timeouts: this.#timeouts,
      syncDaemons: this.#syncDaemons,
      vips: this.#vips,
      vrrp: this.#vrrp,
      vrrpGroups: this.#readGroups(),
      metrics: this.#metrics,
      healthSharing: this.#healthSharing,
      services: this.#services.map(({ value }) => value),
    });
    return {
      desired,
      services: this.#services,
      routers: [...this.#instanceSections, ...this.#groupSections],
      sharing: this.#sharing,
    };
  }

  read({ tree: written, included }: FileTree, outer: MappingNode | undefined, isIncluded = false): void {
    if (!hasVersion(written, this.#report)) return;
    const { tree, defaults } = inheritDefaults(written, { outer, keys: DEFAULT_KEYS });
    const file = FILE.read(this.#expansion.withoutExcess(tree), { label: "the file", report: this.#report });
    if (file !== undefined) this.#take(file);
    if (isIncluded && file?.nodeOf("hosts") !== undefined) {
      file.report(["hosts"], "hosts must be in the main file: it is for the included files too");
    }
    for (const each of included) this.read(each, defaults, true);
  }

  #take(file: SectionOf<typeof FILE>): void {
    for (const host of file.values.hosts ?? []) checkHost(host);
    const { timeouts, sync_daemons: syncDaemons, vips, vrrp, vrrp_groups: groups, services } = file.values;
    const { metrics, health_sharing: healthSharing } = file.values;
    if (timeouts !== undefined) {
      const place = this.#firstPlace("timeouts", timeouts.node.offset);
      if (place !== undefined) timeouts.report([], `duplicate timeouts: ${place} has them already`);
      this.#timeouts = readTimeouts(timeouts);
    }
    if (syncDaemons !== undefined) (this.#syncDaemons ??= []).push(...this.#readSyncDaemons(syncDaemons));
    if (vips !== undefined) (this.#vips ??= []).push(...this.#readVips(vips));
    if (vrrp !== undefined) (this.#vrrp ??= []).push(...this.#readInstances(vrrp));
    this.#groupSections.push(...groups ?? []);
    if (metrics !== undefined) {
      this.#reportSecond("metrics", metrics.node, "duplicate metrics");
      this.#metrics = readMetrics(metrics);
    }
    if (healthSharing !== undefined) {
      this.#reportSecond("health_sharing", healthSharing.node, "duplicate health_sharing");
      this.#sharing = healthSharing;
      const { quorum, max_age: maxAgeIntervals, limit: limitMs } = healthSharing.values;
      if (quorum !== undefined && maxAgeIntervals !== undefined && limitMs !== undefined) {
        this.#healthSharing = { quorum, maxAgeIntervals, limitMs };
      }
    }
    for (const section of services ?? []) {
      const { name } = section.values;
      const named = name === undefined
        ? undefined
        : this.#firstPlace(`name ${name}`, (section.nodeOf("name") ?? section.node).offset);
      if (named !== undefined) section.report(["name"], `duplicate name "${name}": ${named} has it already`);
      this.#services.push(...this.#readService(section));
    }
  }

  #readService(section: NonNullable<SectionOf<typeof FILE>["values"]["services"]>[number]): LocatedService[] {
    const { hosts, sources, omitsUnresolved = false } = this.#options;
    const services = readService({ section, report: this.#report, hosts, sources, omitsUnresolved });
    for (const source of services[0]?.sources ?? []) this.#checkSource(source);
    const reported = new Set<string>();
    for (const { value, node } of services) {
      const id = formatServiceId(value.service.id);
      const place = this.#firstPlace(`service ${id}`, node.offset);
      // Two overlapping ranges are reported once.
      if (place === undefined || reported.has(`${node.offset}:${place}`)) continue;
      reported.add(`${node.offset}:${place}`);
      this.#report.addProblem(node.offset, `duplicate service ${id}: ${place} has it already`);
    }
    return services;
  }

  /** Reports a source with the name of another one: status and metrics would not tell them apart. */
  #checkSource({ value, node }: Located<Discovery>): void {
    const text = JSON.stringify(value);
    const known = this.#sources.get(value.name);
    if (known === undefined) this.#sources.set(value.name, { text, offset: node.offset });
    else if (known.text !== text) {
      const place = this.#report.lineOf(known.offset, { from: node.offset });
      this.#report.addProblem(
        node.offset,
        `${value.name} has other settings in ${place}; a source has one set of them`,
      );
    }
  }

  #readSyncDaemons(sections: readonly SectionOf<typeof SYNC_DAEMON>[]): SyncDaemon[] {
    return sections.flatMap((section): SyncDaemon[] => {
      const { role, interface: device, sync_id: syncId, max_length: maxLength, group, port, ttl } = section.values;
      if (role === undefined || device === undefined) return [];
      if (this.#firstPlace(`sync daemon ${role}`, section.node.offset) !== undefined) {
        section.report(["role"], `duplicate sync daemon: the kernel runs at most one ${role}`);
      }
      return [defined({ role, interface: device, syncId, maxLength, group, port, ttl })];
    });
  }

  #readVips(sections: readonly SectionOf<typeof VIP>[]): Vip[] {
    return sections.flatMap((section): Vip[] => {
      const { address: prefix, device, label, scope, dad, prefix_route: prefixRoute } = section.values;
      if (prefix === undefined || device === undefined) return [];
      const vip: Vip = defined({ ...prefix, device, label, scope, dad, prefixRoute });
      for (const { key, reason, hint } of vipObjections(vip)) section.report([key], `${reason}; ${hint}`);
      // An address on two interfaces would answer twice.
      const place = this.#firstPlace(`VIP ${vip.address}`, (section.nodeOf("address") ?? section.node).offset);
      if (place !== undefined) section.report(["address"], `duplicate VIP ${vip.address}: ${place} has it already`);
      return [vip];
    });
  }

  #readInstances(sections: readonly SectionOf<typeof VRRP_INSTANCE>[]): VrrpInstance[] {
    this.#instanceSections.push(...sections);
    return sections.flatMap((section): VrrpInstance[] => {
      const { instance, services, checks } = readVrrpInstance(section, this.#report);
      this.#trackedServices.push(...services);
      for (const check of checks) this.#addTrackedCheck(check);
      if (instance === undefined) return [];
      const { name, vrid, device, peers } = instance;
      this.#reportSecond(`vrrp instance ${name}`, section.nodeOf("name") ?? section.node, `duplicate name "${name}"`);
      const node = section.nodeOf("vrid") ?? section.node;
      // A number stands for another router in each family, and for each peer, which says nothing else about the router.
      const families = instance.vips.map(({ address }) => addressFamily(address));
      const wires = new Set<string>(peers.length === 0 ? families : peers);
      const places = [...wires].map((wire) => this.#firstPlace(`vrid ${vrid} ${device} ${wire}`, node.offset));
      const place = places.find((each) => each !== undefined);
      if (place !== undefined) {
        const among = peers.length === 0 ? "" : " with one of these peers";
        this.#report.addProblem(node.offset, `duplicate vrid ${vrid} on ${device}${among}: ${place} has it already`);
      }
      if (instance.virtualMac) {
        const node = section.nodeOf("virtual_mac") ?? section.node;
        // The kernel has one interface of a name.
        for (const family of new Set(instance.vips.map((vip) => addressFamily(vip.address)))) {
          this.#reportSecond(`virtual MAC ${vrid} ${family}`, node, `virtual_mac needs a vrid of its own`);
        }
      }
      const { vips = [], vips_excluded: excluded = [] } = section.values;
      for (const { value: { address }, node } of [...vips, ...excluded]) {
        this.#reportSecond(`VIP ${address}`, node, `duplicate VIP ${address}`);
      }
      this.#checkSync(section);
      return [instance];
    });
  }

  /** The kernel runs one sync daemon of each role. */
  #checkSync(section: SectionOf<typeof VRRP_INSTANCE>): void {
    const node = section.nodeOf("sync");
    if (node === undefined) return;
    const places = ["master", "backup"].map((role) => this.#firstPlace(`sync daemon ${role}`, node.offset));
    const place = places.find((each) => each !== undefined);
    if (place !== undefined) {
      section.report(["sync"], `the kernel runs one sync daemon of each role: ${place} has them`);
    }
  }

  #readGroups(): VrrpGroup[] | undefined {
    if (this.#groupSections.length === 0) return undefined;
    const instances = new Set((this.#vrrp ?? []).map(({ name }) => name));
    return this.#groupSections.flatMap((section): VrrpGroup[] => {
      const group = readVrrpGroup(section, { instances, report: this.#report });
      if (group === undefined) return [];
      this.#reportSecond(
        `vrrp group ${group.name}`,
        section.nodeOf("name") ?? section.node,
        `duplicate name "${group.name}"`,
      );
      for (const { value, node } of section.values.members ?? []) {
        this.#reportSecond(`vrrp group of ${value}`, node, `${value} is in two groups`);
      }
      return [group];
    });
  }

  #checkTrackedServices(): void {
    if (this.#trackedServices.length === 0) return;
    const names = new Set(this.#services.map(({ value: { name } }) => name));
    for (const { service, offset } of this.#trackedServices) {
      if (!names.has(service)) this.#report.addProblem(offset, `no service has the name "${service}"`);
    }
  }

  /** The same check may be tracked by several instances; two different ones need different names. */
  #addTrackedCheck(check: CheckReference): void {
    const first = this.#trackedChecks.get(check.label);
    if (first === undefined) this.#trackedChecks.set(check.label, check);
    else if (first.text !== check.text) {
      const place = this.#report.lineOf(first.offset, { from: check.offset });
      this.#report.addProblem(check.offset, `${place} has another ${check.label}; give one of them a name`);
    }
  }

  /** Reports a thing that an earlier place has already. */
  #reportSecond(what: string, { offset }: Tree, message: string): void {
    const place = this.#firstPlace(what, offset);
    if (place !== undefined) this.#report.addProblem(offset, `${message}: ${place} has it already`);
  }

  /** The line of the first occurrence, for a message at the given offset; undefined for the first occurrence itself. */
  #firstPlace(what: string, offset: number): string | undefined {
    const first = this.#first.get(what);
    if (first !== undefined) return this.#report.lineOf(first, { from: offset });
    this.#first.set(what, offset);
    return undefined;
  }
}

/** Reads the desired state of a file and its included files. */
export function readState(file: FileTree, report: SourceReport, options: ReadStateOptions = {}): ReadState {
  const reader = new StateReader(report, options);
  reader.read(file, undefined);
  return reader.state;
}
