import { type Change, compareServerIds, formatServerId, type RealServer, type ServiceId } from "../model/mod.ts";

/** Schedulers that assign the slots of their table to servers in the order of the kernel's list. */
const ORDERED: ReadonlySet<string> = new Set(["mh", "sh"]);

/** The servers of a service that the kernel has, and those that it should have. */
export interface OrderedServers {
  /** The service. */
  readonly id: ServiceId;
  /** The servers that the kernel has and keeps, in its order: the newest first. */
  readonly present: readonly RealServer[];
  /** The wanted servers. */
  readonly wanted: readonly RealServer[];
}

/** Whether the order of a service's servers matters: directors with another order send some clients elsewhere. */
export function isOrderSensitive(scheduler: string): boolean {
  return ORDERED.has(scheduler);
}

/**
 * The additions that lead to the canonical order, in which the servers were added by ascending address; each server that
 * the kernel has is deleted just before. A server keeps its connections, because the kernel finds it again.
 *
 * @returns Undefined if a server with weight 0 would have to be deleted: the kernel would forget its slots.
 */
export function planOrder({ id, present, wanted }: OrderedServers): Change[] | undefined {
  const existing = new Map(present.map((server) => [formatServerId(server), server]));
  const missing = [...wanted].sort(compareServerIds);
  // The oldest servers stay as far as they are in order.
  for (const { address, port } of present.toReversed()) {
    if (missing[0]?.address === address && missing[0].port === port) missing.shift();
  }
  const changes: Change[] = [];
  const quiesces: Change[] = [];
  for (const server of missing) {
    const found = existing.get(formatServerId(server));
    if (found !== undefined && found.weight === 0 && server.weight === 0) return undefined;
    if (found !== undefined) changes.push({ operation: "deleteServer", id, server: found });
    const isQuiesced = found !== undefined && server.weight === 0;
    changes.push({ operation: "addServer", id, server: isQuiesced ? { ...server, weight: found.weight } : server });
    if (isQuiesced) quiesces.push({ operation: "editServer", id, server });
  }
  return [...changes, ...quiesces];
}
