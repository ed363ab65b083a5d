import { LvsctlError } from "../../errors/mod.ts";
import {
  type AddressFamily,
  addressFamily,
  DEFAULT_QUORUM,
  DEFAULT_TUNNEL,
  type DesiredService,
  formatServerId,
  formatServiceId,
  fullNetmask,
  needsAgentPort,
  needsServerPort,
  parseNetmask,
  parseSchedulerFlags,
  type Persistence,
  type RealServer,
  schedulerFlagNames,
  type ServerCare,
  serverObjections,
  serviceFamily,
  type ServiceId,
  serviceObjections,
} from "../../model/mod.ts";
import type { HostAnswers } from "./hosts.ts";
import { bindCare, type CareDraft, readCare, readOwnCare, readQuorum, readSlowStart } from "./care.ts";
import {
  type BindOptions,
  bindServer,
  type InheritedSettings,
  readInherited,
  readServer,
  type ServerDraft,
  type ServerSection,
} from "./server.ts";
import type { SourceReport } from "../source/source_report.ts";
import type { SectionOf, SERVICE } from "../schema/schema.ts";
import type { Located } from "../schema/structures.ts";
import { didYouMean } from "../source/suggestion.ts";
import { quote, type Tree } from "../source/tree.ts";

/** A service in a file. */
export type ServiceSection = SectionOf<typeof SERVICE>;

/** A service in a file, where its problems go, and what names stand for. */
interface Source {
  readonly section: ServiceSection;
  readonly reading: SourceReport;
  /** What the names of hosts stand for; undefined if they are not looked up now. */
  readonly hosts: HostAnswers | undefined;
}

/** A service that was read, and where its parts were. */
export interface LocatedService extends Located<DesiredService> {
  /** The service in the file. */
  readonly section: ServiceSection;
  /** The servers in the file. */
  readonly sections: ReadonlyMap<RealServer, ServerSection>;
  /** Names of hosts among its servers and its fallback, looked up or not. */
  readonly hosts: readonly string[];
}

/** One address of a service in a file. */
type Listen = Located<ServiceId>;

/** How many servers one item of services may make in all, on each of its addresses together. */
const MAX_SERVERS = 1_000_000;

function readFlags({ section, reading }: Source): number {
  const { scheduler, scheduler_flags: flags = [] } = section.values;
  const known = schedulerFlagNames(scheduler);
  const good = flags.filter(({ value, node }) => {
    if (known.includes(value)) return true;
    const advice = `its flags are ${known.join(", ")}${didYouMean(value, known)}`;
    if (section.isSound("scheduler")) {
      reading.report(node.offset, `the scheduler ${scheduler} has no flag ${quote(value)}; ${advice}`);
    }
    return false;
  });
  return parseSchedulerFlags(scheduler, good.map(({ value }) => value));
}

function readPersistence({ section, reading }: Source, id: ServiceId): Persistence | undefined {
  const values = section.values.persistence?.values;
  if (values === undefined) return undefined;
  const { timeout: timeoutSeconds, netmask: written, engine } = values;
  let netmask = fullNetmask(serviceFamily(id));
  if (written !== undefined) {
    try {
      netmask = parseNetmask(serviceFamily(id), written.value);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      reading.report(written.node.offset, `netmask of ${formatServiceId(id)}: ${error.message}`);
    }
  }
  return { timeoutSeconds, netmask, ...(engine === undefined ? {} : { engine }) };
}

/** What all services of a section have in common. */
interface Parts {
  readonly drafts: readonly ServerDraft[];
  readonly fallback: ServerDraft | undefined;
  /** How the servers are looked after by what the service says. */
  readonly care: CareDraft;
  /** The same of servers that say something of it themselves. */
  readonly ownCare: ReadonlyMap<ServerSection, CareDraft>;
  readonly isDualStack: boolean;
}

/** Whether a draft has no address of a family; of a name that is not known. */
function isOfOtherFamily({ place }: ServerDraft, family: AddressFamily): boolean {
  return "address" in place && addressFamily(place.address) !== family;
}

/** Makes the servers of one of the services of a section. */
class Binder {
  readonly #source: Source;
  readonly #parts: Parts;
  /** Of what was told once: a range would tell it of each of its services. */
  readonly #told = new Set<string>();
  readonly sections = new Map<RealServer, ServerSection>();

  constructor(source: Source, parts: Parts) {
    this.#source = source;
    this.#parts = parts;
  }

  servers({ value: id, node }: Listen): RealServer[] {
    const { section, reading, hosts } = this.#source;
    const { drafts, isDualStack } = this.#parts;
    const family = serviceFamily(id);
    // A service with addresses of both families gives each of them the servers of its own family.
    const own = isDualStack ? drafts.filter((draft) => !isOfOtherFamily(draft, family)) : drafts;
    const before = reading.reports;
    const seen = new Map<string, ServerSection>();
    const servers: RealServer[] = [];
    let unknown = 0;
    for (const draft of own) {
      if ("host" in draft.place && hosts === undefined) unknown++;
      for (const server of this.#bind(draft, { id, isDualStack, hosts })) {
        const name = formatServerId(server);
        const first = seen.get(name);
        if (first !== undefined) this.#reportDuplicate(name, { first, second: draft.section });
        else seen.set(name, draft.section);
        if (server.port === 0) this.#reportPort(name, draft.section);
        servers.push(server);
        this.sections.set(server, draft.section);
      }
    }
    const isEmpty = servers.length + unknown === 0 && reading.reports === before;
    if (isEmpty && drafts.length > 0 && section.isSound("servers") && this.#isNew(node, family)) {
      const word = family === "ipv4" ? "IPv4" : "IPv6";
      reading.report(node.offset, `${formatServiceId(id)} would have no servers: none of them is ${word}`);
    }
    return servers;
  }

  fallback({ value: id }: Listen, servers: readonly RealServer[]): RealServer | undefined {
    const { fallback } = this.#parts;
    if (fallback === undefined) return undefined;
    // For one of two families there may be none: it is an error all the same, as it is for any other family.
    const [server] = this.#bind(fallback, { id, isDualStack: false, hosts: this.#source.hosts });
    if (server === undefined) return undefined;
    const name = formatServerId(server);
    const isServer = servers.some((other) => formatServerId(other) === name);
    if (isServer && this.#isNew(fallback.section.node, "fallback")) {
      fallback.section.report(["address"], `fallback ${name} must not be one of the servers`);
    }
    return server;
  }

  #bind(draft: ServerDraft, options: BindOptions): RealServer[] {
    const { id } = options;
    const { section } = draft;
    const servers = bindServer(draft, options);
    for (const server of servers) {
      // Whatever else could be wrong with it was told when it was read.
      const objection = serverObjections(id, server).find(({ key }) => key === "address");
      if (objection === undefined || !this.#isNew(section.node, objection.reason)) continue;
      const object = `${formatServerId(server)} in ${formatServiceId(id)}`;
      section.report(["address", "forward"], `${object}: ${objection.reason}; ${objection.hint}`);
    }
    return servers;
  }

  #isNew(node: Tree, what: string): boolean {
    const key = `${node.offset}:${what}`;
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }

  /** Reports a server without a port that is to be reached at one. */
  #reportPort(name: string, section: ServerSection): void {
    const { check, agent } = this.#parts.ownCare.get(section) ?? this.#parts.care;
    if (check !== undefined && needsServerPort(check)) {
      section.report(["address"], `the check needs a port: ${name} has none, and neither has check`);
    }
    if (agent !== undefined && needsAgentPort(agent)) {
      section.report(["address"], `the agent needs a port: ${name} has none, and neither has agent`);
    }
  }

  /** How servers are looked after that say something of it themselves; undefined if none does. */
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
    const { reading } = this.#source;
    const place = reading.lineOf(first.node.offset, { from: second.node.offset });
    second.report(["address"], `duplicate server ${name}: it is in ${place} already`);
  }
}

/** The servers of last resort have only what they must have in common with the others. */
function readFallback(section: ServiceSection, inherited: InheritedSettings): ServerDraft | undefined {
  const { fallback } = section.values;
  if (fallback === undefined) return undefined;
  const resolve = inherited.resolve === "all" ? "one" : inherited.resolve;
  const own = { ...inherited, weight: 1, upperThreshold: 0, lowerThreshold: 0, resolve };
  const isTunnel = (fallback.values.forward ?? inherited.forward) === "tun";
  const drafts = readServer(fallback, isTunnel ? own : { ...own, tunnel: DEFAULT_TUNNEL });
  if (drafts.length > 1) fallback.report(["address"], `fallback must be one server: this stands for ${drafts.length}`);
  const [draft] = drafts;
  if (draft?.resolve !== "all") return draft;
  fallback.report(["resolve"], "fallback must be one server: write resolve: one or resolve: first");
  return undefined;
}

/** Makes the services of one section, one for each address that it listens on, and reports what cannot be. */
export function readService(source: Source): LocatedService[] {
  const { section, reading } = source;
  const { values } = section;
  const listen = (values.listen ?? []).flatMap(({ value, node }) => value.map((id): Listen => ({ value: id, node })));
  const care = readCare(section);
  const inherited = readInherited(section);
  const ownCare = new Map<ServerSection, CareDraft>();
  const drafts = (values.servers ?? []).flatMap((server) => {
    const own = readOwnCare(server, care);
    if (own !== undefined) ownCare.set(server, own);
    return readServer(server, inherited);
  });
  const quorum = values.quorum === undefined ? DEFAULT_QUORUM : readQuorum(values.quorum);
  const slowStart = values.slow_start === undefined ? undefined : readSlowStart(values.slow_start);
  if (listen.length * drafts.length > MAX_SERVERS) {
    const count = `${listen.length} addresses with ${drafts.length} servers each`;
    section.report(["listen"], `the service has ${count}, which is more than ${MAX_SERVERS} servers in all`);
    return [];
  }
  const fallback = readFallback(section, inherited);
  const hosts = [...drafts, ...(fallback === undefined ? [] : [fallback])]
    .flatMap(({ place }) => "host" in place ? [place.host] : []);
  const schedulerFlags = readFlags(source);
  // Backwards, so that messages name the first of each family.
  const families = new Map(listen.toReversed().map(({ value }) => [serviceFamily(value), value]));
  const persistence = new Map([...families].map(([family, id]) => [family, readPersistence(source, id)]));
  const binder = new Binder(source, { drafts, fallback, care, ownCare, isDualStack: families.size > 1 });
  const told = new Set<string>();
  return listen.map((place) => {
    const { value: id, node } = place;
    const own = persistence.get(serviceFamily(id));
    const service = {
      id,
      scheduler: values.scheduler,
      schedulerFlags,
      ...(own === undefined ? {} : { persistence: own }),
      onePacket: values.one_packet,
    };
    for (const { key, reason, hint } of serviceObjections(service)) {
      if (told.has(`${node.offset}:${reason}`)) continue;
      told.add(`${node.offset}:${reason}`);
      const message = `${formatServiceId(id)}: ${reason}; ${hint}`;
      if (key !== "listen") section.report([key], message);
      else if (section.isSound("persistence")) reading.report(node.offset, message);
    }
    const servers = binder.servers(place);
    const last = binder.fallback(place, servers);
    const exceptions = binder.ownCare(place, servers);
    const desired: DesiredService = {
      ...(values.name === undefined ? {} : { name: values.name }),
      service,
      servers,
      ...bindCare(care, id),
      ...(exceptions === undefined ? {} : { care: exceptions }),
      ...(last === undefined ? {} : { fallback: last }),
      quorum,
      panicThreshold: values.panic_threshold,
      ...(slowStart === undefined ? {} : { slowStart }),
      ...(values.drain === undefined ? {} : { drainMs: values.drain }),
      ...(values.withdraw_vips ? { withdrawVips: true } : {}),
    };
    return { value: desired, node, section, sections: binder.sections, hosts };
  });
}
