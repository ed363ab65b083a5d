import { formatServerId, formatServiceId, type KernelState, type RealServer, type ServiceEntry } from "../model/mod.ts";
import type { Target } from "./target.ts";

/** Kinds of changes that an apply can be held to. */
export const CHANGE_KINDS = [
  "add-service",
  "edit-service",
  "delete-service",
  "add-server",
  "edit-server",
  "delete-server",
  "settings",
  "vips",
] as const;

/** One of {@linkcode CHANGE_KINDS}; `settings` are the timeouts and the sync daemons. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** What of a target counts. */
export interface Selection {
  /** The kinds of changes that are made; all without it. */
  readonly kinds?: ReadonlySet<ChangeKind> | undefined;
  /** Whether servers that the kernel has keep the weights that they have there. */
  readonly keepWeights?: boolean | undefined;
}

/**
 * The target that is left of one when only some of its changes are wanted: whatever else it asks for is as the kernel
 * has it. So what is planned, verified and undone is the same thing as ever.
 *
 * @param current What the kernel has, of the services in question.
 * @param target What it was to be made.
 * @param selection What of that counts.
 */
export function selectTarget(current: KernelState, target: Target, selection: Selection): Target {
  const { kinds, keepWeights = false } = selection;
  if (kinds === undefined && !keepWeights) return target;
  const may = (kind: ChangeKind): boolean => kinds === undefined || kinds.has(kind);
  const existing = new Map(current.services.map((entry) => [formatServiceId(entry.service.id), entry]));
  const services = target.services.flatMap((entry): ServiceEntry[] => {
    const found = existing.get(formatServiceId(entry.service.id));
    if (found === undefined && !may("add-service")) return [];
    const service = found === undefined || may("edit-service") ? entry.service : found.service;
    return [{ service, servers: selectServers(found?.servers ?? [], entry.servers, { may, keepWeights }) }];
  });
  const { timeouts, syncDaemons, vips } = target;
  return {
    services,
    exact: target.exact && may("delete-service"),
    within: target.within,
    timeouts: may("settings") ? timeouts : undefined,
    syncDaemons: may("settings") ? syncDaemons : undefined,
    vips: may("vips") ? vips : undefined,
  };
}

function selectServers(
  current: readonly RealServer[],
  wanted: readonly RealServer[],
  options: { readonly may: (kind: ChangeKind) => boolean; readonly keepWeights: boolean },
): RealServer[] {
  const { may, keepWeights } = options;
  const existing = new Map(current.map((server) => [formatServerId(server), server]));
  const servers = wanted.flatMap((server): RealServer[] => {
    const key = formatServerId(server);
    const found = existing.get(key);
    existing.delete(key);
    if (found === undefined) return may("add-server") ? [server] : [];
    if (!may("edit-server")) return [found];
    return [keepWeights ? { ...server, weight: found.weight } : server];
  });
  return may("delete-server") ? servers : [...servers, ...existing.values()];
}
