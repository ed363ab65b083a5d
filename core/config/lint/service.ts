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
import { lintScheduler } from "./scheduler.ts";

/** The state of the machine that uses the file; empty if it is unknown. */
export interface LintHost {
  /** Whether persistence templates expire when their server gets weight 0; undefined if the sysctl is unreadable. */
  readonly expiresQuiescentTemplates?: boolean | undefined;
  /** Addresses of the interfaces; undefined if unknown. */
  readonly addresses?: ReadonlySet<IpAddress>;
}

/** The context of a service. */
export interface LintContext extends LintHost {
  /** The VIPs of the file. */
  readonly vips: readonly Vip[] | undefined;
  /** Whether all servers are known: an unresolved host name may stand for none or for many. */
  readonly isComplete: boolean;
}

/** Schedulers that ignore weights. */
const WEIGHTLESS: ReadonlySet<string> = new Set(["rr", "lc", "dh"]);

/** The scheduler with the same method that uses weights. */
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
      const message = `${forward} does not change the port: ${
        formatServerId(server)
      } gets connections at port ${id.port}`;
      findings.push({ code: "port-ignored", message, key: "address", server });
    }
    if (upperThreshold > 0 && lowerThreshold === upperThreshold) {
      const message =
        `equal thresholds of ${upperThreshold} take the server in and out of service with every connection`;
      findings.push({ code: "thresholds-equal", message, key: "lower_threshold", server });
    }
  }
  return findings;
}

/** Different weights that a scheduler ignores, reported once; equal weights have the effect that they ask for. */
function lintWeights({ service: { scheduler }, servers }: DesiredService): LintFinding[] {
  if (!WEIGHTLESS.has(scheduler)) return [];
  const lightest = servers.reduce((least, { weight }) => weight > 0 ? Math.min(least, weight) : least, Infinity);
  const server = servers.find(({ weight }) => weight > lightest);
  if (server === undefined) return [];
  const message = `the scheduler ${scheduler} ignores the weight ${server.weight}, which differs from ${lightest} of ` +
    `other servers; use ${insteadOf(scheduler)}`;
  return [{ code: "weight-ignored", message, key: "weight", server }];
}

/** The largest amount that a quorum can reach, as the end of a sentence. */
function mostOf({ unit, hysteresis }: Quorum, { servers, weight }: Serving): string {
  const most = unit === "servers"
    ? `${plural(servers, "server")} can serve`
    : `the servers that can serve have a total weight of ${weight}`;
  return hysteresis === 0 ? `: ${most}` : ` with a hysteresis of ${hysteresis}: ${most}`;
}

function lintCapacity(desired: DesiredService): LintFinding[] {
  const { servers, fallback, quorum, panicThreshold } = desired;
  const findings: LintFinding[] = [];
  const all = servingOf(servers, servers.map(({ weight }) => weight));
  const serving = all.servers;
  const isPossible = hasQuorum(quorum, all, { met: false });
  if (servers.length === 0) {
    const rest = fallback === undefined ? "every connection fails" : "only its fallback gets connections";
    findings.push({ code: "no-servers", message: `the service has no servers: ${rest}`, key: "servers" });
  } else if (serving === 0) {
    const message = "every server has weight 0: no server gets new connections";
    findings.push({ code: "weights-zero", message, key: "servers" });
  }
  if (serving > 0 && !isPossible) {
    const message = `a quorum of ${formatQuorum(quorum)} is never met${mostOf(quorum, all)}`;
    findings.push({ code: "quorum-impossible", message, key: "quorum" });
  }
  if (!servers.some((server) => canFail(desired, server))) {
    if (fallback !== undefined && serving > 0 && isPossible) {
      const message = "the fallback is never used: without a check every server counts as healthy";
      findings.push({ code: "fallback-unused", message, key: "fallback" });
    }
  } else if (serving > 0 && panicThreshold >= serving) {
    const message = `a panic threshold of ${panicThreshold} keeps every server in service, also if all checks fail: ` +
      `${plural(serving, "server")} can serve`;
    findings.push({ code: "panic-always", message, key: "panic_threshold" });
  }
  return findings;
}

/** Whether a server can become unhealthy: by its check, or by its agent. */
function canFail(service: DesiredService, server: RealServer): boolean {
  const { check, agent } = careOf(service, server);
  return check !== undefined || agent !== undefined;
}

/** The keys that change weights over time; with the server if the key is its own. */
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

/** Keys that change weights, where the scheduler ignores weights or the weights are too small to share. */
function lintGrowth(desired: DesiredService): LintFinding[] {
  const { service: { scheduler }, servers } = desired;
  return growth(desired).flatMap(({ key, server }): LintFinding[] => {
    if (WEIGHTLESS.has(scheduler)) {
      const message = `the scheduler ${scheduler} ignores the weights that ${key} sets; use ${insteadOf(scheduler)}`;
      return [{ code: "weight-ignored", message, key, server }];
    }
    const [first, ...others] = server === undefined ? servers : [server];
    if (first === undefined || [first, ...others].some(({ weight }) => weight > 1)) return [];
    const whose = server === undefined
      ? "no server has a weight above 1; set a weight of 100"
      : `the server has weight ${first.weight}; set a weight of 100`;
    return [{ code: "weight-coarse", message: `${key} cannot reduce the weight in steps: ${whose}`, key, server }];
  });
}

/** Flap damping that never starts, because its number of changes takes longer than its period. */
function lintDamping(desired: DesiredService): LintFinding[] {
  const reported = new Set<Check>();
  const places = [undefined, ...(desired.care === undefined ? [] : desired.servers)];
  return places.flatMap((server): LintFinding[] => {
    const check = server === undefined ? desired.check : checkOf(desired, server);
    if (check?.flapDamping === undefined || reported.has(check)) return [];
    reported.add(check);
    const { intervalMs, unhealthyIntervalMs = intervalMs, retryDelayMs, rise, fall } = check;
    const { changes, withinMs } = check.flapDamping;
    // Between two falls, the server must rise and fall again.
    const riseMs = unhealthyIntervalMs + (rise - 1) * (retryDelayMs ?? unhealthyIntervalMs);
    const fallMs = intervalMs + (fall - 1) * (retryDelayMs ?? intervalMs);
    const leastMs = (changes - 1) * (riseMs + fallMs);
    if (leastMs <= withinMs) return [];
    const message = `flap damping never starts: with this check, ${changes} changes take at least ` +
      `${formatDuration(leastMs)}, and within is ${formatDuration(withinMs)}`;
    return [{ code: "damping-never", message, key: "check", server }];
  });
}

function lintWithdrawal(
  { service: { id }, withdrawVips }: DesiredService,
  vips: readonly Vip[] | undefined,
): LintFinding[] {
  if (withdrawVips !== true) return [];
  if (id.kind === "endpoint" && vips?.some(({ address }) => address === id.address)) return [];
  const reason = id.kind === "fwmark" ? "a firewall mark has no address" : `${id.address} is not in vips`;
  return [{
    code: "nothing-to-withdraw",
    message: `withdraw_vips removes no address: ${reason}`,
    key: "withdraw_vips",
  }];
}

function lintAddress({ service: { id } }: DesiredService, { vips, addresses }: LintContext): LintFinding[] {
  if (id.kind === "fwmark" || vips?.some(({ address }) => address === id.address)) return [];
  // An address in neither the vips nor the interfaces gets no packets.
  if (addresses === undefined ? vips === undefined : addresses.has(id.address)) return [];
  const place = addresses === undefined
    ? "is not in vips, and may be on no interface"
    : vips === undefined
    ? "is on no interface"
    : "is on no interface, and not in vips";
  const kind = addressFamily(id.address) === "ipv4" ? "IPv4" : "IPv6";
  return [{ code: "vip-missing", message: `the ${kind} address ${id.address} ${place}`, key: "listen" }];
}

function lintPersistence({ service }: DesiredService, host: LintHost): LintFinding[] {
  if (service.persistence === undefined || host.expiresQuiescentTemplates !== false) return [];
  const message = "clients stay with a quiesced or drained server: " +
    "the sysctl net.ipv4.vs.expire_quiescent_template is 0 on this machine; set it to 1";
  return [{ code: "template-kept", message, key: "persistence" }];
}

/** Constructs in a service that are valid but probably mistakes. */
export function lintService(desired: DesiredService, context: LintContext): LintFinding[] {
  return [
    ...lintAddress(desired, context),
    ...lintPersistence(desired, context),
    ...(context.isComplete ? lintCapacity(desired) : []),
    ...lintServers(desired),
    ...lintScheduler(desired),
    ...lintWeights(desired),
    ...lintGrowth(desired),
    ...lintDamping(desired),
    ...lintCare(desired),
    ...lintWithdrawal(desired, context.vips),
  ];
}
