import { type DesiredState, type Override, overrideOf, type ServiceEntry } from "../../core/model/mod.ts";
import type { ChangeKind, Selection, Target } from "../../core/reconcile/mod.ts";

/** The options that plan and apply share. */
export interface TargetOptions {
  /** Whether services that the file does not name are deleted. */
  readonly prune?: true | undefined;
  /** Whether existing servers keep their current weights. */
  readonly keepWeights?: true | undefined;
  /** The kinds of changes to make; all by default. */
  readonly only?: ReadonlySet<ChangeKind> | undefined;
}

/**
 * The target that a file describes, for plan and apply.
 *
 * @param desired The file.
 * @param options.overrides Active overrides: their weights replace those of the file.
 */
export function fileTarget(
  desired: DesiredState,
  options: TargetOptions & { readonly overrides: readonly Override[] },
): { readonly target: Target; readonly selection: Selection } {
  const { timeouts, syncDaemons, vips } = desired;
  const { prune = false, keepWeights = false, only, overrides } = options;
  const services = overrides.length === 0
    ? desired.services
    : desired.services.map((entry) => withOverrides(entry, overrides));
  return {
    target: { services, exact: prune, timeouts, syncDaemons, vips },
    selection: { keepWeights, kinds: only },
  };
}

/** The service with the weights that overrides give its servers. */
function withOverrides(entry: ServiceEntry, overrides: readonly Override[]): ServiceEntry {
  const now = Date.now();
  const servers = entry.servers.map((server) => {
    const weight = overrideOf(overrides, { service: entry.service.id, server, now })?.weight;
    return weight === undefined ? server : { ...server, weight: weight === "maint" ? 0 : weight };
  });
  return { service: entry.service, servers };
}
