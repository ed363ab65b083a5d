import { EXIT, type ExitCode } from "../../core/errors/mod.ts";
import { type Fields, fieldsOf, isNumber, itemsOf, textOf } from "../../core/json/mod.ts";
import { formatQuorum } from "../../core/model/mod.ts";
import { formatAge } from "./age.ts";
import { readSources } from "./discovery.ts";
import { count, groupDigits } from "./count.ts";
import { type RouterLine, routerLines } from "./router_lines.ts";
import { sharingLines } from "./sharing_lines.ts";

/** A server in the daemon's status. */
export interface ShownServer {
  /** Its address and port. */
  readonly address: string;
  /** Its health; undefined without a check. */
  readonly health: string | undefined;
  /** Since when; milliseconds since 1970. */
  readonly since: number | undefined;
  /** Its intended weight; undefined if it is not in the table. */
  readonly weight: number | undefined;
  /** Whether it stays only because too few others serve. */
  readonly isKept: boolean;
  /** The duration of its last probe; milliseconds. */
  readonly latencyMs: number | undefined;
  /** The result of its last probe. */
  readonly result: string | undefined;
  /** The source that lists it; undefined if the file names it. */
  readonly source: string | undefined;
  /** Why its weight differs from the file's. */
  readonly reasons: readonly string[];
}

/** A service in the daemon's status. */
export interface ShownService {
  /** Its identity, as `formatServiceId` writes it. */
  readonly id: string;
  /** Its name in the file. */
  readonly name: string | undefined;
  /** The number of servers in use. */
  readonly serving: number;
  /** Its quorum as text; undefined if it has its quorum. */
  readonly lostQuorum: string | undefined;
  /** Lines about host names without an address, and servers that the file does not name. */
  readonly notes: readonly string[];
  /** Its host names without an address, whose servers are not checked. */
  readonly unresolved: readonly string[];
  /** The address of its fallback, if that is in use. */
  readonly fallback: string | undefined;
  /** The number of servers in the file. */
  readonly configured: number;
  /** Its servers, or some of them, in the order of the file. */
  readonly servers: readonly ShownServer[];
}

/** The daemon's status, as its clients show it. */
export interface StatusView {
  /** The process, the file and what is special about them; a line each. */
  readonly process: readonly string[];
  /** The virtual routers. */
  readonly routers: readonly RouterLine[];
  /** The numbers of services by their state. */
  readonly summary: string;
  /** The services, in the order of the file. */
  readonly services: readonly ShownService[];
  /** A line about changes that are not possible yet; then a line for each. */
  readonly failures: readonly string[];
  /** A line about the differences between the table and the expected one; then a line for each. */
  readonly differences: readonly string[];
}

/**
 * Reads the status that a daemon reports as JSON; unknown fields are ignored, because it may have another version.
 *
 * @param status The JSON.
 * @param options.now The time of day; milliseconds since 1970.
 */
export function readStatusView(status: unknown, options: { readonly now: number }): StatusView {
  const { daemon, services, sources, differences, failures, routers } = fieldsOf(status);
  const read = itemsOf(services).map(readService);
  return {
    process: [...processLines(daemon, options.now), ...sourceLines(sources, options.now)],
    routers: routerLines(routers, options),
    summary: statusSummary(read),
    services: read,
    failures: failureLines(itemsOf(failures)),
    differences: differenceLines(daemon, itemsOf(differences)),
  };
}

function processLines(daemon: unknown, now: number): readonly string[] {
  const { version, pid, file, started_at, loaded_at, reload_error, dry_run, store, sharing } = fieldsOf(daemon);
  const [startedAt = now, loadedAt = startedAt] = [momentOf(started_at), momentOf(loaded_at)];
  const read = loadedAt > startedAt ? `, read again ${formatAge(now - loadedAt)} ago` : "";
  const mode = dry_run === true ? "; it changes nothing (--dry-run)" : "";
  const stored = [...storeLines(store, now), ...sharingLines(sharing)];
  const first = `lvsctl ${version}, process ${pid}, for ${formatAge(now - startedAt)}: ${file}${read}${mode}`;
  const error = textOf(reload_error);
  if (error === undefined || stored.length > 0) return [first, ...stored];
  return [
    first,
    "The file has changed and is not valid; the previous one stays active:",
    ...error.split("\n").map((line) => `  ${line}`),
  ];
}

/** A line for each source with a problem. */
function sourceLines(sources: unknown, now: number): readonly string[] {
  return readSources(sources).flatMap(({ name, servers, at, problem }) => {
    if (problem === undefined) return [];
    const known = at === undefined || servers === undefined
      ? "it has no list yet"
      : `its ${count(servers, "server")} of ${formatAge(now - at)} ago stay`;
    return [`${name}: ${problem}; ${known}`];
  });
}

/** The lines about a configuration in a store; none for a file. */
function storeLines(store: unknown, now: number): readonly string[] {
  const { version, author, pushed_at, confirmed_at, problem, refusal, rollout, endpoints } = fieldsOf(store);
  if (version === undefined) return [];
  const pushedAt = momentOf(pushed_at);
  const pushed = pushedAt === undefined ? "" : `, pushed ${formatAge(now - pushedAt)} ago by ${author}`;
  const confirmedAt = momentOf(confirmed_at);
  const since = confirmedAt === undefined ? "since the start" : `for ${formatAge(now - confirmedAt)}`;
  const { version: next, state, turn, reason } = fieldsOf(rollout);
  const news = state === "halted"
    ? [`The roll-out of version ${next} has halted: ${textOf(reason) ?? "no reason given"}`]
    : state === "running"
    ? [`The roll-out of version ${next} is running${typeof turn === "string" ? `; it is the turn of ${turn}` : ""}`]
    : [];
  return [
    `Version ${version}${pushed}`,
    ...textOf(problem) === undefined ? [] : [`Stale: the store has not confirmed it ${since}: ${textOf(problem)}`],
    ...(textOf(refusal)?.split("\n") ?? []),
    ...news,
    ...endpointLines(itemsOf(endpoints).map(fieldsOf)),
  ];
}

/** A line about the endpoints of a store, if it has several. */
function endpointLines(endpoints: readonly Fields[]): readonly string[] {
  if (endpoints.length < 2) return [];
  const texts = endpoints.map(({ address, answered, problem, age_seconds: age }) =>
    endpointText({
      address: String(address),
      answered: typeof answered === "boolean" ? answered : undefined,
      problem: textOf(problem),
      ageMs: isNumber(age) ? age * 1000 : undefined,
    })
  );
  return [`Endpoints: ${texts.join("; ")}`];
}

/** The state of an endpoint of a store as text. */
export function endpointText(
  { address, answered, problem = "", ageMs = 0 }: {
    readonly address: string;
    readonly answered: boolean | undefined;
    readonly problem: string | undefined;
    readonly ageMs: number | undefined;
  },
): string {
  if (answered === undefined) return `${address} not needed yet`;
  const age = `${formatAge(ageMs)} ago`;
  return answered ? `${address} answered ${age}` : `${address} failed ${age}: ${problem}`;
}

function failureLines(failures: readonly unknown[]): readonly string[] {
  const lines = failures.flatMap((text) => textOf(text)?.split("\n") ?? []);
  return lines.length === 0 ? [] : ["Not possible yet; trying again:", ...lines.map((line) => `  ${line}`)];
}

function noteLines({ unresolved, unnamed }: Fields): readonly string[] {
  return [
    ...itemsOf(unresolved).map(fieldsOf).map(({ host, reason }) => `  -> ${host}  out  ${reason}`),
    ...itemsOf(unnamed).map(fieldsOf).map(({ server, address, draining }) =>
      `  -> ${server ?? address}  not in the file; ${
        draining === true ? "drains" : "stays until the servers of the file serve"
      }`
    ),
  ];
}

function differenceLines(daemon: unknown, differences: readonly unknown[]): readonly string[] {
  if (differences.length === 0) return [];
  const { repair, dry_run } = fieldsOf(daemon);
  const reaction = dry_run === true ? "" : repair === true ? "; correcting it" : "; not corrected (see --repair)";
  const lines = differences.map(fieldsOf).map(({ text, description }) => `  ${textOf(text) ?? textOf(description)}`);
  return [`The table differs from the expected one${reaction}:`, ...lines];
}

/** Reads a service; version 0.1 of the daemon wrote address and port of a server as its address. */
function readService(value: unknown): ShownService {
  const { service, name, serving, quorum, fallback, servers } = fieldsOf(value);
  const { unit, amount, met } = fieldsOf(quorum);
  const { server, address, in_use } = fieldsOf(fallback);
  const knownUnit = (["servers", "weight", "percent"] as const).find((known) => known === unit) ?? "servers";
  return {
    id: String(service),
    name: textOf(name),
    serving: numberOf(serving) ?? 0,
    lostQuorum: met === false
      ? formatQuorum({ unit: knownUnit, amount: numberOf(amount) ?? 0, hysteresis: 0 })
      : undefined,
    fallback: in_use === true ? textOf(server ?? address) : undefined,
    configured: itemsOf(servers).length,
    notes: noteLines(fieldsOf(value)),
    unresolved: itemsOf(fieldsOf(value)["unresolved"]).map((each) => String(fieldsOf(each)["host"])),
    servers: itemsOf(servers).map(readServer),
  };
}

function readServer(value: unknown): ShownServer {
  const { server, address, source, health, since, weight, kept, last, reasons } = fieldsOf(value);
  const { latency_ms, detail } = fieldsOf(last);
  return {
    address: String(server ?? address),
    source: textOf(source),
    health: textOf(health),
    since: momentOf(since),
    weight: numberOf(weight),
    isKept: kept === true,
    latencyMs: numberOf(latency_ms),
    result: textOf(detail),
    reasons: itemsOf(reasons).flatMap((reason) => textOf(reason) ?? []),
  };
}

function numberOf(value: unknown): number | undefined {
  return isNumber(value) ? value : undefined;
}

function momentOf(value: unknown): number | undefined {
  const moment = Date.parse(textOf(value) ?? "");
  return Number.isNaN(moment) ? undefined : moment;
}

/** Whether a service needs attention: it is below its quorum, or a server is unhealthy or has no address. */
export function isUnhealthy(service: ShownService): boolean {
  return severityOf(service) > 0;
}

/** 0: all is well, 1: a server is unhealthy or has no address, 2: the service is below its quorum. */
function severityOf({ lostQuorum, servers, unresolved }: ShownService): number {
  if (lostQuorum !== undefined) return 2;
  return unresolved.length > 0 || servers.some(({ health }) => health === "unhealthy") ? 1 : 0;
}

/** A service with only those of its servers that are unhealthy or get no new connections. */
export function withoutServing(service: ShownService): ShownService {
  const servers = service.servers.filter(({ health, weight = 0 }) => health === "unhealthy" || weight === 0);
  return { ...service, servers };
}

/** The exit status for services, as for `check`. */
export function servicesExitCode(services: readonly ShownService[]): ExitCode {
  const severity = Math.max(0, ...services.map(severityOf));
  return severity === 2 ? EXIT.belowQuorum : severity === 1 ? EXIT.refused : EXIT.ok;
}

/** The services, those below their quorum first, then those with an unhealthy server. */
export function worstFirst(services: readonly ShownService[]): readonly ShownService[] {
  return services.map((service) => ({ service, severity: severityOf(service) }))
    .sort((a, b) => b.severity - a.severity)
    .map(({ service }) => service);
}

/** The number of services, and how they are: "300 services: 297 ok, 3 below quorum". */
export function statusSummary(services: readonly ShownService[]): string {
  if (services.length === 0) return "No services";
  const numbers = [0, 0, 0];
  for (const service of services) {
    const severity = severityOf(service);
    numbers[severity] = (numbers[severity] ?? 0) + 1;
  }
  const words = ["ok", "with unhealthy servers", "below quorum"];
  const parts = numbers.flatMap((number, severity) =>
    number === 0 ? [] : [`${groupDigits(number)} ${words[severity]}`]
  );
  return `${count(services.length, "service")}: ${parts.join(", ")}`;
}
