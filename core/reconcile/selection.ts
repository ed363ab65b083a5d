import { formatServerId, formatServiceId, type KernelState, type RealServer, type ServiceEntry } from "../model/mod.ts";
import type { Target } from "./target.ts";

/** Kinds of changes that an apply can be limited to. */
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

/** The parts of a target to apply. */
export interface Selection {
  /** The kinds of changes to make; all by default. */
  readonly kinds?: ReadonlySet<ChangeKind> | undefined;
  /** Whether existing servers keep their current weights. */
  readonly keepWeights?: boolean | undefined;
}

/**
 * A target reduced to the selected kinds of changes: everything else in it is as the kernel has it. So planning,
 * verifying and undoing need no selection.
 *
 * @param current The kernel's state, of the services that the target names.
 * @param target The whole target.
 * @param options The parts to keep.
 */
export function selectTarget(
  current: KernelState,
  target: Target,
  { kinds, keepWeights = false }: Selection,
): Target {
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
