import {
  type Change,
  formatServerId,
  formatServiceId,
  formatVip,
  type KernelState,
  listNames,
  type RealServer,
} from "../model/mod.ts";
import type { Plan } from "./plan.ts";

/** What a plan takes away: service that worked before it and no longer does afterwards. */
export interface Losses {
  /** Names of the virtual services that it deletes. */
  readonly deletedServices: readonly string[];
  /** Names of the virtual services that keep no real server. */
  readonly emptiedServices: readonly string[];
  /** Names of the virtual services that keep real servers, but none with a weight above 0. */
  readonly idleServices: readonly string[];
  /** Names of the VIPs that it deletes. */
  readonly deletedVips: readonly string[];
}

/** Finds what a plan takes away; additions, edits and the deletion of a server beside others take nothing away. */
export function lossesOf({ before, changes, vips }: Pick<Plan, "before" | "changes" | "vips">): Losses {
  const deletedServices = namesOfDeleted(before, changes);
  const withdrawn = withdrawnServers(before, { changes, deleted: new Set(deletedServices) });
  const namesOf = (matches: (servers: Servers) => boolean): string[] =>
    [...withdrawn].filter(([, servers]) => matches(servers)).map(([name]) => name);
  const canServe = (servers: readonly Pick<RealServer, "weight">[]): boolean =>
    servers.some(({ weight }) => weight > 0);
  return {
    deletedServices,
    emptiedServices: namesOf(({ before, after }) => before.length > 0 && after.size === 0),
    idleServices: namesOf(({ before, after }) => after.size > 0 && canServe(before) && !canServe([...after.values()])),
    deletedVips: vips.last.map(({ vip }) => formatVip(vip)),
  };
}

function namesOfDeleted(before: KernelState, changes: readonly Change[]): string[] {
  if (changes.some(({ operation }) => operation === "flush")) {
    return before.services.map(({ service }) => formatServiceId(service.id));
  }
  return changes.flatMap((change) => change.operation === "deleteService" ? [formatServiceId(change.id)] : []);
}

/** The servers of a service before and after a plan, the latter by name. */
interface Servers {
  readonly before: readonly RealServer[];
  readonly after: Map<string, RealServer>;
}

/** The services that lose a server or a weight, by name: few even in a large plan, so only these are indexed. */
function withdrawnServers(
  before: KernelState,
  { changes, deleted }: { readonly changes: readonly Change[]; readonly deleted: ReadonlySet<string> },
): ReadonlyMap<string, Servers> {
  const names = new Set<string>();
  for (const change of changes) {
    const isWithdrawal = change.operation === "deleteServer" ||
      (change.operation === "editServer" && change.server.weight === 0);
    if (isWithdrawal) names.add(formatServiceId(change.id));
  }
  const services = new Map<string, Servers>();
  if (names.size === 0) return services;
  for (const { service, servers } of before.services) {
    const name = formatServiceId(service.id);
    if (!names.has(name) || deleted.has(name)) continue;
    services.set(name, { before: servers, after: new Map(servers.map((each) => [formatServerId(each), each])) });
  }
  for (const change of changes) {
    if (!("server" in change)) continue;
    const after = services.get(formatServiceId(change.id))?.after;
    if (change.operation === "deleteServer") after?.delete(formatServerId(change.server));
    else after?.set(formatServerId(change.server), change.server);
  }
  return services;
}

/** Sentences about what a plan takes away: "it deletes VIP 192.0.2.1/32 on lo"; none if it takes away nothing. */
export function describeLosses({ deletedServices, emptiedServices, idleServices, deletedVips }: Losses): string[] {
  const sentence = (names: readonly string[], words: (names: string) => string): string[] =>
    names.length === 0 ? [] : [words(listNames(names))];
  return [
    ...sentence(deletedServices, (names) => `it deletes virtual service ${names}`),
    ...sentence(emptiedServices, (names) => `it leaves ${names} without a real server`),
    ...sentence(idleServices, (names) => `it leaves ${names} without a real server of a weight above 0`),
    ...sentence(deletedVips, (names) => `it deletes VIP ${names}`),
  ];
}
