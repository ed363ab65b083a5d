import { type DesiredService, type DesiredState, type Discovery, formatServiceId } from "../../core/model/mod.ts";

/** Settings that differ between two files and that only the daemon uses. */
export interface DaemonDifference {
  /** The service; undefined for settings of the whole file. */
  readonly service: DesiredService | undefined;
  /** The keys of the file whose values differ. */
  readonly keys: readonly string[];
}

/** The keys of a service that the kernel does not have, as the file writes them, and their values. */
const SERVICE_KEYS: Readonly<Record<string, (service: DesiredService) => unknown>> = {
  name: ({ name }) => name,
  // Names without an address, which no plan can show.
  servers: ({ unresolved = [] }) => unresolved.map(({ host }) => host),
  check: (service) => cares(service, ({ check }) => check),
  agent: (service) => cares(service, ({ agent }) => agent),
  "on_failure": (service) => cares(service, ({ onFailure }) => onFailure),
  notify: (service) => cares(service, ({ notify }) => notify),
  fallback: ({ fallback }) => fallback,
  quorum: ({ quorum }) => quorum,
  "panic_threshold": ({ panicThreshold }) => panicThreshold,
  "slow_start": ({ slowStart }) => slowStart,
  drain: ({ drainMs }) => drainMs,
  "withdraw_vips": ({ withdrawVips }) => withdrawVips,
};

/** A file that is compared. */
export interface ComparedFile {
  /** The desired state. */
  readonly desired: DesiredState;
  /** The sources of servers. */
  readonly sources: readonly Discovery[];
}

/** The keys of the whole file that the kernel does not have. */
const FILE_KEYS: Readonly<Record<string, (file: ComparedFile) => unknown>> = {
  // Their settings too: the servers that they list now may be the same.
  sources: ({ sources }) => sources,
  vrrp: ({ desired: { vrrp } }) => vrrp,
  "vrrp_groups": ({ desired: { vrrpGroups } }) => vrrpGroups,
  metrics: ({ desired: { metrics } }) => metrics,
  "health_sharing": ({ desired: { healthSharing } }) => healthSharing,
};

/** What differs between two files in ways that no plan shows, of services that both have. */
export function daemonDifferences(before: ComparedFile, after: ComparedFile): readonly DaemonDifference[] {
  const former = new Map(before.desired.services.map((service) => [formatServiceId(service.service.id), service]));
  const ofServices = after.desired.services.flatMap((service): DaemonDifference[] => {
    const other = former.get(formatServiceId(service.service.id));
    return other === undefined ? [] : [{ service, keys: differingKeys(SERVICE_KEYS, other, service) }];
  });
  const ofFile = { service: undefined, keys: differingKeys(FILE_KEYS, before, after) };
  return [...ofServices, ofFile].filter(({ keys }) => keys.length > 0);
}

function differingKeys<T>(values: Readonly<Record<string, (of: T) => unknown>>, before: T, after: T): string[] {
  return Object.entries(values)
    .filter(([, valueOf]) => canonicalText(valueOf(before)) !== canonicalText(valueOf(after)))
    .map(([key]) => key);
}

/** A setting of a service, and of those of its servers that have their own. */
function cares(
  service: DesiredService,
  valueOf: (care: Pick<DesiredService, "check" | "agent" | "onFailure" | "notify">) => unknown,
): unknown {
  const ofServers = Array.from(service.care ?? [], ([server, care]) => [server, valueOf(care)]);
  return [valueOf(service), Object.fromEntries(ofServers)];
}

/** Text that is equal for equal values, whatever the order of their keys. */
function canonicalText(value: unknown): string | undefined {
  return JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
  );
}
