import {
  type AddressFamily,
  addressFamily,
  formatServerId,
  formatServiceId,
  needsAgentPort,
  needsServerPort,
  type RealServer,
  type ServerCare,
  serverObjections,
  serviceFamily,
  type ServiceId,
  type UnresolvedHost,
} from "../../model/mod.ts";
import type { DiscoveryAnswers } from "./discovery.ts";
import type { HostAnswers } from "./hosts.ts";
import { bindCare, type CareDraft } from "./care.ts";
import { type BindOptions, bindServer, type ServerDraft, type ServerSection } from "./server.ts";
import type { SourceReport } from "../source/source_report.ts";
import { SOURCE_KINDS } from "../schema/discovery_schema.ts";
import type { SERVICE } from "../schema/file_schema.ts";
import type { SectionOf } from "../schema/types.ts";
import type { Located } from "../schema/structures.ts";
import type { Tree } from "../source/tree.ts";

/** A service in a file. */
export type ServiceSection = SectionOf<typeof SERVICE>;

/** A service in a file, with the receiver of problems and the addresses of host names. */
export interface ServiceSource {
  /** The service. */
  readonly section: ServiceSection;
  /** The receiver of problems. */
  readonly report: SourceReport;
  /** The addresses of host names; undefined if they are not resolved. */
  readonly hosts: HostAnswers | undefined;
  /** The answers of sources; undefined if they were not asked. */
  readonly sources: DiscoveryAnswers | undefined;
  /** Whether a host name without a usable address is left out and named; otherwise it is reported. */
  readonly omitsUnresolved: boolean;
}

/** One address of a service in a file, which makes one virtual service. */
export type Listen = Located<ServiceId>;

/** The parts that all virtual services of a section share. */
export interface ServiceParts {
  /** The servers. */
  readonly drafts: readonly ServerDraft[];
  /** The server of last resort; undefined: none. */
  readonly fallback: ServerDraft | undefined;
  /** The care of the service. */
  readonly care: CareDraft;
  /** The care of servers that set their own. */
  readonly ownCare: ReadonlyMap<ServerSection, CareDraft>;
  /** Whether the service has addresses of both families. */
  readonly isDualStack: boolean;
}

/** The name of a draft whose servers the file does not name itself: a host or a source. */
function outsideName({ place }: ServerDraft): string | undefined {
  return "host" in place ? place.host : "source" in place ? place.source.name : undefined;
}

/** Whether a draft's address is of another family; false for a host name, whose family is unknown. */
function isOfOtherFamily({ place }: ServerDraft, family: AddressFamily): boolean {
  return "address" in place && addressFamily(place.address) !== family;
}

/** Binds the servers of a section to each of its virtual services. */
export class ServerBinder {
  readonly #source: ServiceSource;
  readonly #parts: ServiceParts;
  /** Problems that are reported already: a range would repeat them for each of its services. */
  readonly #reported = new Set<string>();
  /** The mappings of the bound servers in the file, by real server. */
  readonly sections = new Map<RealServer, ServerSection>();
  /** The host names that were left out, with the reasons, by virtual service. */
  readonly #unresolved = new Map<ServiceId, Map<string, string>>();
  /** The sources that servers come from, by virtual service. */
  readonly #origins = new Map<ServiceId, Map<string, string>>();

  /** Prepares to bind the servers of a section. */
  constructor(source: ServiceSource, parts: ServiceParts) {
    this.#source = source;
    this.#parts = parts;
  }

  /** The servers of one virtual service; problems are reported. */
  servers({ value: id, node }: Listen): RealServer[] {
    const { section, report, hosts, sources } = this.#source;
    const { drafts, isDualStack } = this.#parts;
    const family = serviceFamily(id);
    // In a service with addresses of both families, each address gets the servers of its own family.
    const own = isDualStack ? drafts.filter((draft) => !isOfOtherFamily(draft, family)) : drafts;
    const before = report.problemReports;
    const bound = new Map<string, ServerDraft>();
    const servers: RealServer[] = [];
    let unknown = 0;
    for (const draft of own) {
      const candidates = this.#bind(draft, { id, isDualStack, hosts, sources });
      const outside = outsideName(draft);
      const isAsked = ("source" in draft.place ? sources : hosts) !== undefined;
      if (outside !== undefined && (!isAsked || this.#isOmitted(id, outside))) unknown++;
      for (const server of candidates) {
        const name = formatServerId(server);
        const first = bound.get(name);
        // A server that a source has too is the file's own, or that of the source before.
        if (first !== undefined && "source" in draft.place) continue;
        if (first !== undefined && "source" in first.place) {
          servers.splice(servers.findIndex((each) => formatServerId(each) === name), 1);
          this.#originOf(id).delete(name);
        } else if (first !== undefined) {
          const reason = `${name} is a server of the service already`;
          if (this.#omit(draft, { id, reason })) continue;
          // The file names the address itself, so the host name before it is left out.
          if (this.#omit(first, { id, reason })) {
            servers.splice(servers.findIndex((each) => formatServerId(each) === name), 1);
          } else this.#reportDuplicate(name, { first: first.section, second: draft.section });
        }
        if (first === undefined || outsideName(first) !== undefined) bound.set(name, draft);
        if ("source" in draft.place) this.#originOf(id).set(name, draft.place.source.name);
        if (server.port === 0) this.#reportPort(name, draft.section);
        servers.push(server);
        this.sections.set(server, draft.section);
      }
    }
    const isEmpty = servers.length + unknown === 0 && report.problemReports === before;
    if (isEmpty && drafts.length > 0 && section.isSound("servers") && this.#isNew(node, family)) {
      const word = family === "ipv4" ? "IPv4" : "IPv6";
      report.addProblem(node.offset, `${formatServiceId(id)} has no servers: no server has an ${word} address`);
    }
    return servers;
  }

  /** The server of last resort of one virtual service; problems are reported. */
  fallback({ value: id }: Listen, servers: readonly RealServer[]): RealServer | undefined {
    const { fallback } = this.#parts;
    if (fallback === undefined) return undefined;
    // Each of two families needs the fallback, so the wrong family is an error here also.
    const [server] = this.#bind(fallback, { id, isDualStack: false, hosts: this.#source.hosts, sources: undefined });
    if (server === undefined) return undefined;
    const name = formatServerId(server);
    const isServer = servers.some((other) => formatServerId(other) === name);
    if (isServer && this.#omit(fallback, { id, reason: `${name} is a server of the service already` })) {
      return undefined;
    }
    if (isServer && this.#isNew(fallback.section.node, "fallback")) {
      fallback.section.report(["address"], `fallback must not be one of the servers: got ${name}`);
    }
    return server;
  }

  /** The sources of the servers of a virtual service; undefined if the file names all of them. */
  origins({ value: id }: Listen): ReadonlyMap<string, string> | undefined {
    const origins = this.#origins.get(id);
    return origins === undefined || origins.size === 0 ? undefined : origins;
  }

  /** The host names and sources of a virtual service that were left out. */
  unresolved({ value: id }: Listen): readonly UnresolvedHost[] | undefined {
    const hosts = this.#unresolved.get(id);
    return hosts === undefined ? undefined : [...hosts].map(([host, reason]) => ({ host, reason }));
  }

  #bind(draft: ServerDraft, options: Omit<BindOptions, "onUnusable">): RealServer[] {
    const { id } = options;
    const { section } = draft;
    const onUnusable = (reason: string): void => {
      if (!this.#omit(draft, { id, reason })) section.report(["address", ...SOURCE_KINDS], reason);
    };
    return bindServer(draft, { ...options, onUnusable }).filter((server) => {
      // Other objections are reported when the server is read.
      const objection = serverObjections(id, server).find(({ key }) => key === "address");
      if (objection === undefined) return true;
      if (this.#omit(draft, { id, reason: `${formatServerId(server)}: ${objection.reason}` })) return false;
      if (!this.#isNew(section.node, objection.reason)) return true;
      const object = `${formatServerId(server)} in ${formatServiceId(id)}`;
      section.report(["address", ...SOURCE_KINDS, "forward"], `${object}: ${objection.reason}; ${objection.hint}`);
      return true;
    });
  }

  /** Leaves a host name out of a virtual service, if that is allowed; the addresses of others are mistakes. */
  #omit(draft: ServerDraft, { id, reason }: { readonly id: ServiceId; readonly reason: string }): boolean {
    const name = outsideName(draft);
    if (!this.#source.omitsUnresolved || name === undefined) return false;
    const hosts = this.#unresolved.get(id) ?? new Map<string, string>();
    this.#unresolved.set(id, hosts.set(name, reason));
    return true;
  }

  #originOf(id: ServiceId): Map<string, string> {
    const origins = this.#origins.get(id) ?? new Map<string, string>();
    this.#origins.set(id, origins);
    return origins;
  }

  #isOmitted(id: ServiceId, host: string): boolean {
    return this.#unresolved.get(id)?.has(host) ?? false;
  }

  #isNew(node: Tree, what: string): boolean {
    const key = `${node.offset}:${what}`;
    if (this.#reported.has(key)) return false;
    this.#reported.add(key);
    return true;
  }

  /** Reports a server without a port whose check or agent needs one. */
  #reportPort(name: string, section: ServerSection): void {
    const keys = ["address", ...SOURCE_KINDS];
    const { check, agent } = this.#parts.ownCare.get(section) ?? this.#parts.care;
    if (check !== undefined && needsServerPort(check)) {
      section.report(keys, `the check needs a port: ${name} has no port; write one there, or set port in check`);
    }
    if (agent !== undefined && needsAgentPort(agent)) {
      section.report(keys, `the agent needs a port: ${name} has no port; write one there, or set port in agent`);
    }
  }

  /** The care of servers that set their own, by server; undefined if there are none. */
  ownCare({ value: id }: Listen, servers: readonly RealServer[]): Map<string, ServerCare> | undefined {
    const { ownCare } = this.#parts;
    if (ownCare.size === 0) return undefined;
    const bound = new Map([...ownCare].map(([section, care]) => [section, bindCare(care, id)]));
    const entries = servers.flatMap((server): [string, ServerCare][] => {
      const section = this.sections.get(server);
      const care = section === undefined ? undefined : bound.get(section);
      return care === undefined ? [] : [[formatServerId(server), care]];
    });
    return entries.length === 0 ? undefined : new Map(entries);
  }

  #reportDuplicate(
    name: string,
    { first, second }: { readonly first: ServerSection; readonly second: ServerSection },
  ): void {
    if (!this.#isNew(second.node, String(first.node.offset))) return;
    const { report } = this.#source;
    const place = report.lineOf(first.node.offset, { from: second.node.offset });
    second.report(["address"], `duplicate server ${name}: ${place} has it already`);
  }
}
