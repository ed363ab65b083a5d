import {
  addressFamily,
  careOf,
  type Check,
  checkOf,
  type DesiredService,
  formatDuration,
  formatQuorum,
  formatServerId,
  hasQuorum,
  type IpAddress,
  type Quorum,
  type RealServer,
  type Serving,
  servingOf,
  type Vip,
} from "../../model/mod.ts";
import { lintCare } from "./care.ts";
import type { LintFinding } from "./finding.ts";

/** What is known of the machine that the file is for; nothing, where it is only read. */
export interface LintHost {
  /** Whether templates of persistence end with their server's weight; undefined where that cannot be read. */
  readonly expiresQuiescentTemplates?: boolean | undefined;
  /** The addresses of the interfaces. */
  readonly addresses?: ReadonlySet<IpAddress>;
}

/** What a service is looked at with. */
interface LintContext extends LintHost {
  /** The VIPs of the file. */
  readonly vips: readonly Vip[] | undefined;
  /** Whether all servers are known: names of hosts may stand for none or for many. */
  readonly isComplete: boolean;
}

/** Schedulers that send as much to a server of weight 1 as to one of weight 100. */
const WEIGHTLESS: ReadonlySet<string> = new Set(["rr", "lc", "dh"]);

/** What does as a scheduler that ignores weights, and heeds them. */
function insteadOf(scheduler: string): string {
  return scheduler === "dh" ? "sh or mh" : `w${scheduler}`;
}

function plural(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}

function lintServers({ service, servers, fallback }: DesiredService): LintFinding[] {
  const findings: LintFinding[] = [];
  const { id } = service;
  for (const server of fallback === undefined ? servers : [...servers, fallback]) {
    const { forward, port, upperThreshold, lowerThreshold } = server;
    if (id.kind === "endpoint" && id.port !== 0 && (forward === "dr" || forward === "tun") && port !== id.port) {
      const message = `${forward} does not change the port: ${formatServerId(server)} is asked at port ${id.port}`;
      findings.push({ code: "port-ignored", message, key: "address", server });
    }
    if (upperThreshold > 0 && lowerThreshold === upperThreshold) {
      const message = `equal thresholds of ${upperThreshold} make the server come and go with every connection`;
      findings.push({ code: "thresholds-equal", message, key: "lower_threshold", server });
    }
  }
  return findings;
}

/** Different weights that a scheduler ignores, once: equal ones are what it does anyhow. */
function lintWeights({ service: { scheduler }, servers }: DesiredService): LintFinding[] {
  if (!WEIGHTLESS.has(scheduler)) return [];
  const lightest = servers.reduce((least, { weight }) => weight > 0 ? Math.min(least, weight) : least, Infinity);
  const server = servers.find(({ weight }) => weight > lightest);
  if (server === undefined) return [];
  const message = `the scheduler ${scheduler} ignores weights: use ${insteadOf(scheduler)} for the weight ` +
    `${server.weight}, where others have ${lightest}`;
  return [{ code: "weight-ignored", message, key: "weight", server }];
}

/** The most that a quorum can have, as the end of a sentence. */
function mostOf({ unit, hysteresis }: Quorum, { servers, weight }: Serving): string {
  const most = unit === "servers"
    ? `${plural(servers, "server")} can serve`
    : `the weights of those that can serve are ${weight} in all`;
  return hysteresis === 0 ? `: ${most}` : ` with a hysteresis of ${hysteresis}: ${most}`;
}

function lintCapacity(desired: DesiredService): LintFinding[] {
  const { servers, fallback, quorum, panicThreshold } = desired;
  const findings: LintFinding[] = [];
  const all = servingOf(servers, servers.map(({ weight }) => weight));
  const serving = all.servers;
  const isPossible = hasQuorum(quorum, all, { met: false });
  if (servers.length === 0) {
    const rest = fallback === undefined ? "nothing answers" : "only its fallback answers";
    findings.push({ code: "no-servers", message: `the service has no servers: ${rest}`, key: "servers" });
  } else if (serving === 0) {
    const message = "every server has the weight 0: none of them gets new connections";
    findings.push({ code: "weights-zero", message, key: "servers" });
  }
  if (serving > 0 && !isPossible) {
    const message = `a quorum of ${formatQuorum(quorum)} is never met${mostOf(quorum, all)}`;
    findings.push({ code: "quorum-impossible", message, key: "quorum" });
  }
  if (!servers.some((server) => canFail(desired, server))) {
    if (fallback !== undefined && serving > 0 && isPossible) {
      const message = "the fallback is never used: without a check every server is taken as healthy";
      findings.push({ code: "fallback-unused", message, key: "fallback" });
    }
  } else if (serving > 0 && panicThreshold >= serving) {
    const message = `a panic threshold of ${panicThreshold} keeps every server in, however its checks end: ` +
      `${plural(serving, "server")} can serve`;
    findings.push({ code: "panic-always", message, key: "panic_threshold" });
  }
  return findings;
}

/** Whether a server is ever taken as unhealthy: by its check, or by what its agent says. */
function canFail(service: DesiredService, server: RealServer): boolean {
  const { check, agent } = careOf(service, server);
  return check !== undefined || agent !== undefined;
}

/** What changes the weights of servers over time, by the keys that say so; with the server whose own it is. */
function growth(desired: DesiredService): { readonly key: string; readonly server?: RealServer }[] {
  const { servers, agent, care, slowStart } = desired;
  const own = care === undefined ? [] : servers.filter((server) => {
    const { agent: its } = careOf(desired, server);
    return its !== undefined && its !== agent;
  });
  return [
    ...(agent === undefined ? [] : [{ key: "agent" }]),
    ...own.map((server) => ({ key: "agent", server })),
    ...(slowStart === undefined ? [] : [{ key: "slow_start" }]),
  ];
}

/** What changes weights by and by, where weights mean nothing or leave no room. */
function lintGrowth(desired: DesiredService): LintFinding[] {
  const { service: { scheduler }, servers } = desired;
  return growth(desired).flatMap(({ key, server }): LintFinding[] => {
    if (WEIGHTLESS.has(scheduler)) {
      const message = `the scheduler ${scheduler} ignores weights, and so what ${key} makes of them: use ` +
        insteadOf(scheduler);
      return [{ code: "weight-ignored", message, key, server }];
    }
    const [first, ...others] = server === undefined ? servers : [server];
    if (first === undefined || [first, ...others].some(({ weight }) => weight > 1)) return [];
    const whose = server === undefined
      ? "no server has a weight above 1; give them 100 each"
      : `its weight is ${first.weight}; give it 100`;
    return [{ code: "weight-coarse", message: `${key} has nothing to share out: ${whose}`, key, server }];
  });
}

/** Flap damping that a check is too slow for: so many changes take longer than they may. */
function lintDamping(desired: DesiredService): LintFinding[] {
  const told = new Set<Check>();
  const places = [undefined, ...(desired.care === undefined ? [] : desired.servers)];
  return places.flatMap((server): LintFinding[] => {
    const check = server === undefined ? desired.check : checkOf(desired, server);
    if (check?.flapDamping === undefined || told.has(check)) return [];
    told.add(check);
    const { intervalMs, unhealthyIntervalMs = intervalMs, retryDelayMs, rise, fall } = check;
    const { changes, withinMs } = check.flapDamping;
    // Between one fall and the next, it has to rise and to fall again.
    const riseMs = unhealthyIntervalMs + (rise - 1) * (retryDelayMs ?? unhealthyIntervalMs);
    const fallMs = intervalMs + (fall - 1) * (retryDelayMs ?? intervalMs);
    const leastMs = (changes - 1) * (riseMs + fallMs);
    if (leastMs <= withinMs) return [];
    const message = `flap damping never sets in: with this check, ${changes} changes take ${formatDuration(leastMs)} ` +
      `or more, and only those within ${formatDuration(withinMs)} count`;
    return [{ code: "damping-never", message, key: "check", server }];
  });
}

function lintWithdrawal(
  { service: { id }, withdrawVips }: DesiredService,
  vips: readonly Vip[] | undefined,
): LintFinding[] {
  if (withdrawVips !== true) return [];
  if (id.kind === "endpoint" && vips?.some(({ address }) => address === id.address)) return [];
  const what = id.kind === "fwmark" ? "a firewall mark has no address" : `${id.address} is not among the vips`;
  return [{ code: "nothing-to-withdraw", message: `withdraw_vips takes nothing away: ${what}`, key: "withdraw_vips" }];
}

function lintAddress({ service: { id } }: DesiredService, { vips, addresses }: LintContext): LintFinding[] {
  if (id.kind === "fwmark" || vips?.some(({ address }) => address === id.address)) return [];
  // A service may have the zero address of a protocol, which no interface has.
  if (addresses === undefined ? vips === undefined : addresses.has(id.address)) return [];
  const place = addresses === undefined
    ? "is not among the vips of the file, and so perhaps on no interface"
    : vips === undefined
    ? "is on no interface"
    : "is on no interface, and not among the vips of the file";
  const kind = addressFamily(id.address) === "ipv4" ? "IPv4" : "IPv6";
  return [{ code: "vip-missing", message: `the ${kind} address ${id.address} ${place}`, key: "listen" }];
}

function lintPersistence({ service }: DesiredService, machine: LintHost): LintFinding[] {
  if (service.persistence === undefined || machine.expiresQuiescentTemplates !== false) return [];
  const sysctl = "the sysctl net.ipv4.vs.expire_quiescent_template is 0 on this machine";
  const message = `clients stay with a server that is quiesced or drained, for ${sysctl}; set it to 1`;
  return [{ code: "template-kept", message, key: "persistence" }];
}

/** What is legal and most probably not meant in a service. */
export function lintService(desired: DesiredService, surroundings: LintContext): LintFinding[] {
  return [
    ...lintAddress(desired, surroundings),
    ...lintPersistence(desired, surroundings),
    ...(surroundings.isComplete ? lintCapacity(desired) : []),
    ...lintServers(desired),
    ...lintWeights(desired),
    ...lintGrowth(desired),
    ...lintDamping(desired),
    ...lintCare(desired),
    ...lintWithdrawal(desired, surroundings.vips),
  ];
}
