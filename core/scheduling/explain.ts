import type { Connection } from "../connections/mod.ts";
import {
  type CountedServer,
  formatServerId,
  formatServiceId,
  type ServerId,
  serviceFamily,
  type ServiceId,
  type VirtualService,
} from "../model/mod.ts";
import { candidatesAmong } from "./availability.ts";
import type { Choice } from "./choice.ts";
import type { ExplainedConnection, ExplainedResult, Explanation, ExplanationStep } from "./explanation.ts";
import { choose } from "./scheduler.ts";
import { type MatchKind, matchService, type ServiceMatch } from "./service_match.ts";
import { canFindConnection, findEntries, serverOf } from "./table_entries.ts";
import { templateKey } from "./template.ts";

/** The sysctls of IPVS that decide about entries of the connection table. */
export interface EntrySettings {
  /** net.ipv4.vs.conn_reuse_mode. */
  readonly connReuseMode: number;
  /** net.ipv4.vs.expire_nodest_conn. */
  readonly expireNodestConn: boolean;
  /** net.ipv4.vs.expire_quiescent_template. */
  readonly expireQuiescentTemplate: boolean;
}

/** The state of the kernel that explains a connection. */
export interface ExplanationFacts {
  /** All services. */
  readonly services: readonly VirtualService[];
  /** The servers of a service, in the order of the kernel. */
  readonly serversOf: (id: ServiceId) => readonly CountedServer[];
  /** The connection table. It is read only if it can matter. */
  readonly connections: Iterable<Connection>;
  /** The settings. */
  readonly settings: EntrySettings;
  /** Whether sh and dh hash as Linux does since 4.18. */
  readonly hasKnownHash: boolean;
}

const MATCHES: Readonly<Record<MatchKind, string>> = {
  "firewall-mark": "has the firewall mark of the packets",
  "endpoint": "has this protocol, address and port",
  "ftp-data": "is FTP, and this may be one of its data connections",
  "every-port": "has every port of this address",
};

/** Which real server a new connection gets, and why. The kernel is only read. */
export function explain(request: ExplainedConnection, facts: ExplanationFacts): Explanation {
  const match = matchService(facts.services, request);
  if (match === undefined) {
    return { match, servers: [], steps: [{ topic: "service", text: unmatched(request, facts) }], result: NO_SERVER };
  }
  const servers = facts.serversOf(match.service.id);
  const decisions = decide(request, { match, servers, facts });
  const steps: ExplanationStep[] = [];
  for (const { topic, text, result } of decisions) {
    steps.push({ topic, text });
    if (result !== undefined) return { match, servers, steps, result };
  }
  return { match, servers, steps, result: NO_SERVER };
}

const NO_SERVER: ExplainedResult = { kind: "none" };

/** A step, and the result if this step decides. */
interface Decision extends ExplanationStep {
  readonly result?: ExplainedResult;
}

interface Subject {
  readonly match: ServiceMatch;
  readonly servers: readonly CountedServer[];
  readonly facts: ExplanationFacts;
}

function* decide(request: ExplainedConnection, subject: Subject): Generator<Decision, void, void> {
  const { match: { service, by }, facts } = subject;
  yield { topic: "service", text: `${formatServiceId(service.id)} ${MATCHES[by]}` };
  const template = templateKey(service, request);
  const entries = findEntries(facts.connections, { ...request, template });
  yield entries.connection === undefined
    ? { topic: "connection", text: absentConnection(request) }
    : byConnection(entries.connection, subject);
  if (needsPersistence(service, request)) {
    const text = `${formatServiceId(service.id)} is not persistent, and serves other ports only if it is`;
    yield { topic: "service", text, result: NO_SERVER };
  }
  if (service.persistence !== undefined) yield byTemplate(entries.template, { request, subject });
  yield byScheduler(request, subject);
}

/** The reason why no service matches. */
function unmatched({ wanted, mark }: ExplainedConnection, { services }: ExplanationFacts): string {
  const marked = mark === 0 ? "" : ` or the firewall mark ${mark}`;
  if (wanted.kind === "fwmark") return `no virtual service has the firewall mark ${wanted.mark}`;
  const others = services.map(({ id }) => id)
    .filter((id) => id.kind === "endpoint" && id.address === wanted.address)
    .map(formatServiceId);
  const known = others.length === 0 ? "" : `; of this address there are ${others.join(", ")}`;
  return `no virtual service has ${formatServiceId(wanted)}${marked}${known}`;
}

/** A service gets connections to another port than its own only if it is persistent. */
function needsPersistence({ id, persistence }: VirtualService, { wanted }: ExplainedConnection): boolean {
  return persistence === undefined && id.kind === "endpoint" && wanted.kind === "endpoint" &&
    (id.port === 0 || id.port !== wanted.port);
}

function absentConnection(request: ExplainedConnection): string {
  return canFindConnection(request)
    ? "the connection table has none between these addresses and ports"
    : "existing connections are not looked up without the ports of both ends";
}

function byConnection(entry: Connection, { match: { service }, servers, facts: { settings } }: Subject): Decision {
  const topic = "connection";
  const server = serverOf(entry, servers);
  const exists = `the connection table has it in the state ${entry.state} for ${entry.expiresSeconds} s`;
  if (server === undefined) {
    return settings.expireNodestConn
      ? { topic, text: `${exists}, but its server is deleted: expire_nodest_conn ends it with the next packet` }
      : { topic, text: `${exists}, and its server is deleted: packets are dropped meanwhile`, result: NO_SERVER };
  }
  const why = reuse(entry, { server, settings, isPersistent: service.persistence !== undefined });
  if (why !== undefined) return { topic, text: `${exists}, but ${why}` };
  return {
    topic,
    text: exists,
    result: { kind: "server", server: entry.server, by: "connection", basis: "rule" },
  };
}

/** Why a connection that begins anew on an entry is scheduled anew; undefined if it is not. */
function reuse(
  { protocol, state }: Connection,
  { server, settings, isPersistent }: {
    readonly server: CountedServer;
    readonly settings: EntrySettings;
    readonly isPersistent: boolean;
  },
): string | undefined {
  if (protocol === "udp") return undefined;
  if (settings.expireNodestConn && server.weight === 0) {
    return "expire_nodest_conn ends it, since its server has weight 0";
  }
  const { connReuseMode } = settings;
  const isOver = state === (protocol === "tcp" ? "TIME_WAIT" : "CLOSED") ||
    (connReuseMode === 2 && state === "FIN_WAIT" && server.forward !== "nat");
  return isOver && connReuseMode !== 0 && !isPersistent ? "a new one is scheduled anew by conn_reuse_mode" : undefined;
}

function byTemplate(
  entry: Connection | undefined,
  { request, subject }: { readonly request: ExplainedConnection; readonly subject: Subject },
): Decision {
  const { match: { service }, servers, facts: { settings } } = subject;
  const topic = "template";
  const engine = service.persistence?.engine;
  if (engine !== undefined) {
    const text = `the persistence engine ${engine} decides by the content of packets`;
    return { topic, text, result: { kind: "undetermined", candidates: candidatesAmong(servers) } };
  }
  if (entry === undefined) return { topic, text: `the client has none; its first connection creates one` };
  const server = serverOf(entry, servers);
  const text = `the client has one for ${formatServerId(entry.server)}, ${entry.expiresSeconds} s left`;
  if (server === undefined) return { topic, text: `${text}; its server is deleted, and the kernel ignores it` };
  if (server.weight === 0 && settings.expireQuiescentTemplate) {
    return { topic, text: `${text}; its server has weight 0, and expire_quiescent_template ends it` };
  }
  const target = targetOf(server, { service, wanted: request.wanted });
  const result: ExplainedResult = { kind: "server", server: target, by: "template", basis: "rule" };
  return { topic, text: server.weight === 0 ? `${text}; weight 0 does not end it` : text, result };
}

function byScheduler(request: ExplainedConnection, { match: { service }, servers, facts }: Subject): Decision {
  const choice = facts.hasKnownHash || !["sh", "dh"].includes(service.scheduler)
    ? choose(service, {
      family: serviceFamily(service.id),
      client: request.client,
      clientPort: request.clientPort,
      destination: request.wanted.kind === "endpoint" ? request.wanted.address : undefined,
      servers,
      flags: service.schedulerFlags,
      lastWeights: request.lastWeights ?? new Map(),
    })
    : unknownHash(servers);
  return { topic: "scheduler", text: choice.reason, result: resultOf(choice, { service, wanted: request.wanted }) };
}

function unknownHash(servers: readonly CountedServer[]): Choice {
  const reason = "Linux before 4.18 hashes in another way";
  return { kind: "undetermined", candidates: candidatesAmong(servers), reason };
}

function resultOf(choice: Choice, route: Route): ExplainedResult {
  if (choice.kind === "none") return NO_SERVER;
  if (choice.kind === "undetermined") return { kind: "undetermined", candidates: choice.candidates };
  return { kind: "server", server: targetOf(choice.server, route), by: "scheduler", basis: choice.basis };
}

/** What decides the port that packets are sent to. */
interface Route {
  readonly service: VirtualService;
  readonly wanted: ServiceId;
}

/**
 * A server on port 0 gets packets on the port that the client connects to, and so does each server of a persistent
 * service that has several ports.
 */
function targetOf({ address, port }: CountedServer, { service: { id, persistence }, wanted }: Route): ServerId {
  if (wanted.kind === "fwmark") return { address, port };
  const keepsPort = port === 0 || (persistence !== undefined && (id.kind === "fwmark" || id.port !== wanted.port));
  return { address, port: keepsPort ? wanted.port : port };
}
