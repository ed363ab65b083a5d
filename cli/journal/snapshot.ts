import {
  defined,
  formatServiceId,
  FORWARDING_METHODS,
  type ForwardingMethod,
  type IpAddress,
  type KernelState,
  type PresentVip,
  type RealServer,
  sameVipPlace,
  type ServiceEntry,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  type Vip,
  type VipChange,
  type VirtualService,
} from "../../core/model/mod.ts";
import {
  CurrentState,
  entryDigest,
  formatDifference,
  ownedVips,
  type Plan,
  planChanges,
  planVips,
  type Target,
  vipDifferences,
} from "../../core/reconcile/mod.ts";

/** The format's version. */
const VERSION = 1;

/** The changed settings of a table that are not services. */
export interface ChangedSettings {
  /** The kernel's timeouts. */
  readonly timeouts?: BeforeAndAfter<Timeouts>;
  /** The sync daemons. */
  readonly syncDaemons?: BeforeAndAfter<readonly SyncDaemon[]>;
  /** The changed VIPs, without the others. */
  readonly vips?: BeforeAndAfter<readonly Vip[]>;
}

/** A value before and after a change. */
export interface BeforeAndAfter<T> {
  /** The value before the change. */
  readonly before: T;
  /** The value after the change. */
  readonly after: T;
}

/** The record of an apply: enough to undo it, and to notice later changes by other programs. */
export interface Snapshot {
  /** The changed services as they were before; new services are not among them. */
  readonly before: readonly ServiceEntry[];
  /** The changed services as the apply left them, without deleted ones; undefined if there were too many servers. */
  readonly after?: readonly ServiceEntry[] | undefined;
  /** The digest of each changed service after the apply, by name; undefined for a deleted service. */
  readonly digests: ReadonlyMap<string, string | undefined>;
  /** The other changes. */
  readonly settings: ChangedSettings;
}

/** The text of a snapshot, parsed; `snapshot_reader.ts` reads it. */
interface StoredSnapshot {
  readonly version: typeof VERSION;
  readonly made: ChangedSettings;
  readonly services: readonly (readonly [name: string, digest: string | null])[];
  readonly before: readonly StoredEntry[];
  readonly after?: readonly StoredEntry[];
}

/** A service with its servers, as a snapshot has them. */
interface StoredEntry {
  readonly service: VirtualService;
  readonly servers: readonly ShortServer[];
}

/** Most services and servers whose state after a change is stored: only `history show` needs it, and undoing does not. */
const MAX_STORED_AFTER = 1000;

/**
 * Formats the snapshot of a plan.
 *
 * It contains changed services only, so that restoring into an empty table costs next to nothing. It is not a
 * configuration file, which cannot express every table that other programs create.
 */
export function formatSnapshot({ changes, vips, before, target }: Plan): string {
  const touched = touchedServices(changes);
  for (const entry of target.services) {
    const name = formatServiceId(entry.service.id);
    // A server that the target calls local is sent as dr: the kernel itself decides which servers are local.
    if (touched.has(name)) touched.set(name, entryDigest(entry, "dr"));
  }
  const { timeouts, syncDaemons } = target;
  const operations = new Set(changes.map(({ operation }) => operation));
  const hasSyncChange = operations.has("startSyncDaemon") || operations.has("stopSyncDaemon");
  const vipChanges = [...vips.first, ...vips.last];
  const made: ChangedSettings = defined({
    timeouts: operations.has("setTimeouts") && timeouts !== undefined
      ? { before: before.timeouts, after: timeouts }
      : undefined,
    syncDaemons: hasSyncChange ? { before: before.syncDaemons, after: syncDaemons ?? [] } : undefined,
    vips: vipChanges.length > 0 ? changedVips(vipChanges) : undefined,
  });
  const old = before.services.filter(({ service }) => touched.has(formatServiceId(service.id)))
    .map(storedEntry);
  const after = entriesAfter(target, touched)?.map(storedEntry);
  const base = { version: VERSION, made, services: [...touched], before: old } as const;
  const stored: StoredSnapshot = after === undefined ? base : { ...base, after };
  return `${JSON.stringify(stored)}\n`;
}

/** The changed services of a target; undefined if they have too many servers. */
function entriesAfter(
  { services }: Target,
  touched: ReadonlyMap<string, string | null>,
): readonly ServiceEntry[] | undefined {
  const changed = services.filter(({ service }) => touched.has(formatServiceId(service.id)));
  const size = changed.reduce((sum, { servers }) => sum + servers.length, changed.length);
  return size > MAX_STORED_AFTER ? undefined : changed;
}

function storedEntry({ service, servers }: ServiceEntry): StoredEntry {
  return { service, servers: servers.map(shortServer) };
}

/** A server without the values that most servers have. */
type ShortServer = readonly [
  address: IpAddress,
  port: number,
  forward: ForwardingMethod,
  weight: number,
  rest?: Pick<RealServer, "upperThreshold" | "lowerThreshold" | "tunnel">,
];

function shortServer(server: RealServer): ShortServer {
  const { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel } = server;
  const isUsual = upperThreshold === 0 && lowerThreshold === 0 && tunnel.type === "ipip" && tunnel.port === 0 &&
    tunnel.checksum === "none";
  return isUsual
    ? [address, port, forward, weight]
    : [address, port, forward, weight, { upperThreshold, lowerThreshold, tunnel }];
}

function changedVips(
  changes: readonly VipChange[],
): { readonly before: readonly Vip[]; readonly after: readonly Vip[] } {
  return {
    before: changes.flatMap((change) =>
      change.operation === "addVip" ? [] : [change.operation === "editVip" ? change.from : change.vip]
    ),
    after: changes.flatMap(({ operation, vip }) => operation === "deleteVip" ? [] : [vip]),
  };
}

/** The names of the changed services, each without a digest. Successive changes of one service usually share its id. */
function touchedServices(changes: Plan["changes"]): Map<string, string | null> {
  const touched = new Map<string, string | null>();
  let last: ServiceId | undefined;
  for (const change of changes) {
    const id = "service" in change ? change.service.id : "id" in change ? change.id : undefined;
    if (id === undefined || id === last) continue;
    last = id;
    touched.set(formatServiceId(id), null);
  }
  return touched;
}

/**
 * The target that undoes an apply and leaves everything else as it is.
 *
 * @param snapshot The record of the apply.
 * @param present The current addresses.
 */
export function targetBefore({ before, digests, settings }: Snapshot, present: readonly PresentVip[]): Target {
  const { timeouts, syncDaemons, vips } = settings;
  return defined({
    services: before,
    exact: true,
    within: new Set(digests.keys()),
    timeouts: timeouts?.before,
    syncDaemons: syncDaemons?.before,
    vips: vips === undefined ? undefined : [...ownedVips(present.filter(isUnchanged(vips))), ...vips.before],
  });
}

/** Whether the apply left a VIP as it was. */
function isUnchanged({ before, after }: BeforeAndAfter<readonly Vip[]>): (vip: Vip) => boolean {
  return (vip) => ![...before, ...after].some((changed) => sameVipPlace(changed, vip));
}

/**
 * The changes by other programs to the objects that an apply had changed; each is a part of a sentence.
 *
 * @param snapshot The record of the apply.
 * @param current The current state of these services, and of the settings.
 */
export function changesSince({ digests, settings }: Snapshot, current: KernelState): string[] {
  const present = new Map(current.services.map((entry) => [formatServiceId(entry.service.id), entry]));
  const changed = [...digests].flatMap(([name, digest]) => {
    const entry = present.get(name);
    if (entry === undefined) return digest === undefined ? [] : [`${name}: missing`];
    if (digest === undefined) return [`${name}: added again`];
    return hasDigest(entry, digest) ? [] : [`${name}: changed`];
  });
  const { timeouts, syncDaemons, vips } = settings;
  const state = new CurrentState(current);
  const target: Target = defined({
    services: [],
    exact: false,
    timeouts: timeouts?.after,
    syncDaemons: syncDaemons?.after,
  });
  const isOther = vips === undefined ? undefined : isUnchanged(vips);
  const addresses = planVips(current.vips?.filter((vip) => isOther?.(vip) === false), vips?.after);
  return [
    ...changed,
    ...planChanges({ ...current, services: [] }, target).flatMap((change) => state.differences(change))
      .map(formatDifference),
    ...[...addresses.first, ...addresses.last].flatMap(vipDifferences).map(formatDifference),
  ];
}

/** Whether a service still has a digest. The kernel does not report the method of a local server, so any method fits. */
function hasDigest(entry: ServiceEntry, digest: string): boolean {
  const isLocal = entry.servers.some(({ forward }) => forward === "local");
  return isLocal
    ? FORWARDING_METHODS.some((method) => entryDigest(entry, method) === digest)
    : entryDigest(entry) === digest;
}
