import {
  type Change,
  compareServerIds,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  type KernelState,
  type RealServer,
  type ServiceEntry,
  serviceFamily,
  type SyncDaemon,
  type Timeouts,
  type VirtualService,
} from "../model/mod.ts";
import { isOrderSensitive, planOrder } from "./server_order.ts";
import type { Target } from "./target.ts";

/** Options of {@linkcode planChanges}. */
export interface PlanChangesOptions {
  /** Whether a server gets weight 0 before it is deleted from a service that stays, so that its connections can end. */
  readonly drain?: boolean | undefined;
}

/**
 * The smallest ordered list of changes that leads from the kernel's state to the target; empty if it is there.
 *
 * Services and servers are added and edited first, then servers get weight 0, then servers are deleted, whole services
 * last. So no service is ever without a server on the way, unless the target has none.
 */
export function planChanges(current: KernelState, target: Target, options: PlanChangesOptions = {}): Change[] {
  const existing = new Map(current.services.map((entry) => [formatServiceId(entry.service.id), entry]));
  const daemons = planSyncDaemons(current.syncDaemons, target.syncDaemons);
  const deletions: Change[] = [];
  const quiesces: Change[] = [];
  const changes: Change[] = [...planTimeouts(current.timeouts, target.timeouts), ...daemons.stops];
  for (const entry of target.services) {
    const key = formatServiceId(entry.service.id);
    const found = existing.get(key);
    existing.delete(key);
    if (found === undefined) changes.push({ operation: "addService", service: entry.service });
    else if (!sameService(found.service, entry.service)) {
      changes.push({ operation: "editService", service: entry.service });
    }
    const isOrdered = target.ordersServers === true && isOrderSensitive(entry.service.scheduler);
    planServers(entry, found?.servers ?? [], { changes, quiesces, deletions, isOrdered, ...options });
  }
  // Not spread into one call: that many arguments do not fit on a stack.
  for (const change of quiesces) changes.push(change);
  for (const change of deletions) changes.push(change);
  if (target.exact) {
    for (const entry of existing.values()) changes.push({ operation: "deleteService", id: entry.service.id });
  }
  changes.push(...daemons.starts);
  return changes;
}

function planServers(
  entry: ServiceEntry,
  present: readonly RealServer[],
  into: PlanChangesOptions & {
    readonly changes: Change[];
    readonly quiesces: Change[];
    readonly deletions: Change[];
    /** Whether the servers get the canonical order of {@linkcode planOrder}. */
    readonly isOrdered: boolean;
  },
): void {
  const { id, scheduler } = entry.service;
  if (present.length === 0) {
    const servers = isOrderSensitive(scheduler) ? [...entry.servers].sort(compareServerIds) : entry.servers;
    for (const server of servers) into.changes.push({ operation: "addServer", id, server });
    return;
  }
  if (!into.isOrdered && areTheSame(present, entry.servers)) return;
  const moves = into.isOrdered ? orderOf(entry, present) : undefined;
  const moved = new Set(moves?.flatMap((change) => "server" in change ? [formatServerId(change.server)] : []));
  const existing = new Map(present.map((server) => [formatServerId(server), server]));
  for (const wanted of entry.servers) {
    const key = formatServerId(wanted);
    const found = existing.get(key);
    existing.delete(key);
    if (moved.has(key)) continue;
    if (found === undefined) into.changes.push({ operation: "addServer", id, server: wanted });
    else if (!sameServer(found, wanted)) {
      const list = wanted.weight === 0 ? into.quiesces : into.changes;
      list.push({ operation: "editServer", id, server: wanted });
    }
  }
  for (const change of moves ?? []) {
    if (change.operation === "editServer") into.quiesces.push(change);
    else into.changes.push(change);
  }
  for (const server of existing.values()) {
    if (into.drain === true && server.weight !== 0) {
      into.quiesces.push({ operation: "editServer", id, server: { ...server, weight: 0 } });
    }
    into.deletions.push({ operation: "deleteServer", id, server });
  }
}

function orderOf({ service, servers }: ServiceEntry, present: readonly RealServer[]): Change[] | undefined {
  const names = new Set(servers.map(formatServerId));
  const kept = present.filter((server) => names.has(formatServerId(server)));
  return planOrder({ id: service.id, present: kept, wanted: servers });
}

/** Whether a change takes a server or service out of use: then it follows all changes that do not. */
export function isWithdrawal(change: Change): boolean {
  return change.operation === "deleteServer" || change.operation === "deleteService" ||
    (change.operation === "editServer" && change.server.weight === 0);
}

/**
 * Whether the servers are the wanted ones, in the wanted or the opposite order: the kernel lists the newest first. This
 * is true wherever nothing changed, which is most of a large table, and needs no index.
 */
function areTheSame(present: readonly RealServer[], wanted: readonly RealServer[]): boolean {
  const { length } = wanted;
  if (present.length !== length) return false;
  const isSame = (a: RealServer | undefined, b: RealServer | undefined): boolean =>
    a !== undefined && b !== undefined && a.address === b.address && a.port === b.port && sameServer(a, b);
  const isReversed = length > 0 && !isSame(present[0], wanted[0]);
  for (let index = 0; index < length; index++) {
    if (!isSame(present[isReversed ? length - 1 - index : index], wanted[index])) return false;
  }
  return true;
}

function planTimeouts(current: Timeouts, wanted: Timeouts | undefined): Change[] {
  return wanted === undefined || sameTimeouts(current, wanted) ? [] : [{ operation: "setTimeouts", timeouts: wanted }];
}

/** Whether the timeouts are the wanted ones; a wanted timeout of 0 is any. */
export function sameTimeouts(current: Timeouts, wanted: Timeouts): boolean {
  return (["tcpSeconds", "tcpFinSeconds", "udpSeconds"] as const)
    .every((name) => wanted[name] === 0 || wanted[name] === current[name]);
}

function planSyncDaemons(
  current: readonly SyncDaemon[],
  wanted: readonly SyncDaemon[] | undefined,
): { readonly stops: Change[]; readonly starts: Change[] } {
  if (wanted === undefined) return { stops: [], starts: [] };
  const stays = (daemon: SyncDaemon): boolean => wanted.some((other) => sameSyncDaemon(daemon, other));
  const runs = (daemon: SyncDaemon): boolean => current.some((other) => sameSyncDaemon(other, daemon));
  return {
    stops: current.filter((daemon) => !stays(daemon)).map(({ role }) => ({ operation: "stopSyncDaemon", role })),
    starts: wanted.filter((daemon) => !runs(daemon)).map((daemon) => ({ operation: "startSyncDaemon", daemon })),
  };
}

/** Whether a running daemon is the wanted one; values that are not given are the kernel's choice. */
export function sameSyncDaemon(current: SyncDaemon, wanted: SyncDaemon): boolean {
  return current.role === wanted.role && current.interface === wanted.interface && current.syncId === wanted.syncId &&
    (["maxLength", "group", "port", "ttl"] as const)
      .every((name) => wanted[name] === undefined || wanted[name] === current[name]);
}

/** Whether a service has the wanted settings. */
export function sameService(current: VirtualService, wanted: VirtualService): boolean {
  return current.scheduler === wanted.scheduler && current.schedulerFlags === wanted.schedulerFlags &&
    current.onePacket === wanted.onePacket &&
    current.persistence?.timeoutSeconds === wanted.persistence?.timeoutSeconds &&
    current.persistence?.netmask === wanted.persistence?.netmask &&
    current.persistence?.engine === wanted.persistence?.engine &&
    serviceFamily(current.id) === serviceFamily(wanted.id);
}

/** Whether a server has the wanted settings, as far as the kernel reports them. */
export function sameServer(current: RealServer, wanted: RealServer): boolean {
  return current.weight === wanted.weight && current.upperThreshold === wanted.upperThreshold &&
    current.lowerThreshold === wanted.lowerThreshold &&
    sameForward(current.forward, wanted.forward) &&
    // The kernel reports a tunnel only for the method tun.
    (wanted.forward !== "tun" || current.forward !== "tun" || sameTunnel(current, wanted));
}

function sameTunnel(a: RealServer, b: RealServer): boolean {
  return a.tunnel.type === b.tunnel.type && a.tunnel.port === b.tunnel.port && a.tunnel.checksum === b.tunnel.checksum;
}

/** The kernel reports `local` for an address of its own whatever method was requested, and `local` is sent as `dr`. */
function sameForward(current: ForwardingMethod, wanted: ForwardingMethod): boolean {
  return current === wanted || current === "local" || (current === "dr" && wanted === "local");
}
