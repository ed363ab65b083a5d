import {
  addressFamily,
  careOf,
  type Check,
  checkOf,
  type DesiredService,
  formatDuration,
  formatQuorum,
  hasQuorum,
  type IpAddress,
  type Quorum,
  type RealServer,
  type Serving,
  servingOf,
  type Vip,
} from "../model/mod.ts";
import { careFindings } from "./care.ts";
import type { ServiceLookup } from "./chain.ts";
import { entryFindings, weightedInstead } from "./entry.ts";
import type { ServiceFinding } from "./finding.ts";
import { schedulerFindings } from "./scheduler.ts";

/** The state of the machine that uses the file; empty if it is unknown. */
export interface FindingHost {
  /** Whether persistence templates expire when their server gets weight 0; undefined if the sysctl is unreadable. */
  readonly expiresQuiescentTemplates?: boolean | undefined;
  /** Addresses of the interfaces; undefined if unknown. */
  readonly addresses?: ReadonlySet<IpAddress>;
}

/** The context of a service. */
export interface FindingContext extends FindingHost {
  /** The VIPs of the file. */
  readonly vips: readonly Vip[] | undefined;
  /** The addresses of the file's virtual routers, which only the active director has. */
  readonly routerAddresses?: ReadonlySet<IpAddress>;
  /** Whether all servers are known: an unresolved host name may stand for none or for many. */
  readonly isComplete: boolean;
  /** Finds the services of the file. */
  readonly isService: ServiceLookup;
}

function plural(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The largest amount that a quorum can reach, as the end of a sentence. */
function mostOf({ unit, hysteresis }: Quorum, { servers, weight }: Serving): string {
  const most = unit === "servers"
    ? `${plural(servers, "server")} can serve`
    : `the servers that can serve have a total weight of ${weight}`;
  return hysteresis === 0 ? `: ${most}` : ` with a hysteresis of ${hysteresis}: ${most}`;
}

function quorumFindings(desired: DesiredService): ServiceFinding[] {
  const { servers, fallback, quorum, panicThreshold } = desired;
  const findings: ServiceFinding[] = [];
  const all = servingOf(servers, servers.map(({ weight }) => weight));
  const serving = all.servers;
  const isPossible = hasQuorum(quorum, all, { met: false });
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
function growthFindings(desired: DesiredService): ServiceFinding[] {
  const { service: { scheduler }, servers } = desired;
  return growth(desired).flatMap(({ key, server }): ServiceFinding[] => {
    const instead = weightedInstead(scheduler);
    if (instead !== undefined) {
      const message = `the scheduler ${scheduler} ignores the weights that ${key} sets; use ${instead}`;
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
function dampingFindings(desired: DesiredService): ServiceFinding[] {
  const reported = new Set<Check>();
  const places = [undefined, ...(desired.care === undefined ? [] : desired.servers)];
  return places.flatMap((server): ServiceFinding[] => {
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

function withdrawalFindings(
  { service: { id }, withdrawVips }: DesiredService,
  vips: readonly Vip[] | undefined,
): ServiceFinding[] {
  if (withdrawVips !== true) return [];
  if (id.kind === "endpoint" && vips?.some(({ address }) => address === id.address)) return [];
  const reason = id.kind === "fwmark" ? "a firewall mark has no address" : `${id.address} is not in vips`;
  return [{
    code: "nothing-to-withdraw",
    message: `withdraw_vips removes no address: ${reason}`,
    key: "withdraw_vips",
  }];
}

function missingVip(
  { service: { id } }: DesiredService,
  { vips, addresses, routerAddresses }: FindingContext,
): ServiceFinding[] {
  if (id.kind === "fwmark" || vips?.some(({ address }) => address === id.address)) return [];
  if (id.kind === "endpoint" && routerAddresses?.has(id.address) === true) return [];
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

function templateFindings({ service }: DesiredService, host: FindingHost): ServiceFinding[] {
  if (service.persistence === undefined || host.expiresQuiescentTemplates !== false) return [];
  const message = "clients stay with a quiesced or drained server: " +
    "the sysctl net.ipv4.vs.expire_quiescent_template is 0 on this machine; set it to 1";
  return [{ code: "template-kept", message, key: "persistence" }];
}

/** Why a server of a file can get weight 0; undefined if none can. */
function weightZeroCause(desired: DesiredService): string | undefined {
  const { servers, drainMs = 0 } = desired;
  const cares = [desired, ...(desired.care === undefined ? [] : servers.map((server) => careOf(desired, server)))];
  if (cares.some(({ onFailure, check, agent }) => onFailure === "quiesce" && (check ?? agent) !== undefined)) {
    return "on_failure: quiesce gives unhealthy servers weight 0";
  }
  if (cares.some(({ agent }) => agent !== undefined)) return "the agent can give a server weight 0";
  return drainMs > 0 ? "drain gives servers weight 0 that the file no longer has" : undefined;
}

/** The settings of a service that cannot work, or are probably mistakes. */
export function serviceFindings(desired: DesiredService, context: FindingContext): ServiceFinding[] {
  const { isComplete, vips, isService } = context;
  return [
    ...missingVip(desired, context),
    ...templateFindings(desired, context),
    ...schedulerFindings(desired),
    ...entryFindings(desired, { isComplete, weightZero: weightZeroCause(desired), isService }),
    ...(isComplete ? quorumFindings(desired) : []),
    ...growthFindings(desired),
    ...dampingFindings(desired),
    ...careFindings(desired),
    ...withdrawalFindings(desired, vips),
  ];
}
