import { LvsctlError } from "../../errors/mod.ts";
import {
  DEFAULT_QUORUM,
  DEFAULT_TUNNEL,
  defined,
  type DesiredService,
  didYouMean,
  type Discovery,
  formatServiceId,
  fullNetmask,
  meaningfulFlagNames,
  parseNetmask,
  parseSchedulerFlags,
  type Persistence,
  type RealServer,
  schedulerFlagAdvice,
  schedulerFlagNames,
  serviceFamily,
  type ServiceId,
  serviceObjections,
} from "../../model/mod.ts";
import { bindCare, type CareDraft, readCare, readOwnCare, readQuorum, readSlowStart } from "./care.ts";
import {
  type InheritedSettings,
  readInherited,
  readServer,
  readSourceDraft,
  type ServerDraft,
  type ServerSection,
} from "./server.ts";
import { type Listen, ServerBinder, type ServiceSection, type ServiceSource } from "./server_binder.ts";
import type { Located } from "../schema/structures.ts";
import { quote } from "../source/tree.ts";

/** A virtual service, with the places of its parts. */
export interface LocatedService extends Located<DesiredService> {
  /** The service in the file. */
  readonly section: ServiceSection;
  /** The mappings of the servers in the file, by real server. */
  readonly sections: ReadonlyMap<RealServer, ServerSection>;
  /** Host names of its servers and its fallback. */
  readonly hosts: readonly string[];
  /** The sources of its servers. */
  readonly sources: readonly Located<Discovery>[];
}

function readFlags({ section, report }: ServiceSource): number {
  const { scheduler, scheduler_flags: flags = [] } = section.values;
  const known = schedulerFlagNames(scheduler);
  const good = flags.filter(({ value, node }) => {
    if (known.includes(value)) return true;
    const advice = schedulerFlagAdvice(scheduler) + didYouMean(value, meaningfulFlagNames(scheduler));
    if (section.isSound("scheduler")) {
      report.addProblem(node.offset, `the scheduler ${scheduler} has no flag ${quote(value)}; ${advice}`);
    }
    return false;
  });
  return parseSchedulerFlags(scheduler, good.map(({ value }) => value));
}

function readPersistence({ section, report }: ServiceSource, id: ServiceId): Persistence | undefined {
  const values = section.values.persistence?.values;
  if (values === undefined) return undefined;
  const { timeout: timeoutSeconds, netmask: written, engine } = values;
  let netmask = fullNetmask(serviceFamily(id));
  if (written !== undefined) {
    try {
      netmask = parseNetmask(serviceFamily(id), written.value);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      report.addProblem(written.node.offset, `netmask of ${formatServiceId(id)}: ${error.message}`);
    }
  }
  return defined({ timeoutSeconds, netmask, engine });
}

/** Reads the server of last resort, which inherits from the service only the forwarding method and the tunnel. */
function readFallback(section: ServiceSection, inherited: InheritedSettings): ServerDraft | undefined {
  const { fallback } = section.values;
  if (fallback === undefined) return undefined;
  const resolve = inherited.resolve === "all" ? "one" : inherited.resolve;
  const own = { ...inherited, weight: 1, upperThreshold: 0, lowerThreshold: 0, resolve };
  const isTunnel = (fallback.values.forward ?? inherited.forward) === "tun";
  const drafts = readServer(fallback, isTunnel ? own : { ...own, tunnel: DEFAULT_TUNNEL });
  if (drafts.length > 1) fallback.report(["address"], `fallback must be one server: got a range of ${drafts.length}`);
  const [draft] = drafts;
  if (draft?.resolve !== "all") return draft;
  fallback.report(["resolve"], "fallback must be one server: got resolve all; use one or first");
  return undefined;
}

/** Reads a service of the file: one virtual service for each of its addresses; problems are reported. */
export function readService(source: ServiceSource): LocatedService[] {
  const { section, report } = source;
  const { values } = section;
  const listen = (values.listen ?? []).flatMap(({ value, node }) => value.map((id): Listen => ({ value: id, node })));
  const care = readCare(section);
  const inherited = readInherited(section);
  const ownCare = new Map<ServerSection, CareDraft>();
  const drafts = (values.servers ?? []).flatMap((item) => {
    const own = readOwnCare(item.section, care);
    if (own !== undefined) ownCare.set(item.section, own);
    return item.kind === "server" ? readServer(item.section, inherited) : readSourceDraft(item.section, inherited);
  });
  const quorum = values.quorum === undefined ? DEFAULT_QUORUM : readQuorum(values.quorum);
  const slowStart = values.slow_start === undefined ? undefined : readSlowStart(values.slow_start);
  const fallback = readFallback(section, inherited);
  const hosts = [...drafts, ...(fallback === undefined ? [] : [fallback])]
    .flatMap(({ place }) => "host" in place ? [place.host] : []);
  const sources = drafts.flatMap((draft): Located<Discovery>[] =>
    "source" in draft.place ? [{ value: draft.place.source, node: draft.section.node }] : []
  );
  const schedulerFlags = readFlags(source);
  // Reversed, so that messages name the first address of each family.
  const families = new Map(listen.toReversed().map(({ value }) => [serviceFamily(value), value]));
  const persistence = new Map([...families].map(([family, id]) => [family, readPersistence(source, id)]));
  const binder = new ServerBinder(source, { drafts, fallback, care, ownCare, isDualStack: families.size > 1 });
  const reported = new Set<string>();
  return listen.map((place) => {
    const { value: id, node } = place;
    const service = defined({
      id,
      scheduler: values.scheduler,
      schedulerFlags,
      persistence: persistence.get(serviceFamily(id)),
      onePacket: values.one_packet,
    });
    for (const { key, reason, hint } of serviceObjections(service)) {
      if (reported.has(`${node.offset}:${reason}`)) continue;
      reported.add(`${node.offset}:${reason}`);
      const message = `${formatServiceId(id)}: ${reason}; ${hint}`;
      if (key !== "listen") section.report([key], message);
      else if (section.isSound("persistence")) report.addProblem(node.offset, message);
    }
    const servers = binder.servers(place);
    const last = binder.fallback(place, servers);
    const exceptions = binder.ownCare(place, servers);
    const unresolved = binder.unresolved(place);
    const desired: DesiredService = defined({
      name: values.name,
      service,
      servers,
      unresolved,
      origins: binder.origins(place),
      ...bindCare(care, id),
      care: exceptions,
      fallback: last,
      quorum,
      panicThreshold: values.panic_threshold,
      slowStart,
      // The value "none" means 0, unlike a missing key.
      drainMs: values.drain ?? (section.nodeOf("drain") === undefined ? undefined : 0),
      withdrawVips: values.withdraw_vips || undefined,
    });
    return { value: desired, node, section, sections: binder.sections, hosts, sources };
  });
}
