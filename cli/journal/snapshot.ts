import { LvsctlError } from "../../core/errors/mod.ts";
import {
  DEFAULT_TUNNEL,
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

/** The form of the file. */
const VERSION = 1;

/** What was made of the parts that are not services; those that were not changed are left out. */
interface MadeParts {
  readonly timeouts?: BeforeAndAfter<Timeouts>;
  readonly syncDaemons?: BeforeAndAfter<readonly SyncDaemon[]>;
  /** The VIPs that were changed, and no others. */
  readonly vips?: BeforeAndAfter<readonly Vip[]>;
}

/** What was, and what it was made. */
interface BeforeAndAfter<T> {
  readonly before: T;
  readonly after: T;
}

/** What is kept of an apply: enough to go back, and to notice whether somebody else has been there since. */
export interface Snapshot {
  /** The changed services that there were before. */
  readonly before: readonly ServiceEntry[];
  /** A digest of what each changed service was made; undefined for one that was deleted. */
  readonly services: ReadonlyMap<string, string | undefined>;
  /** What was made of the rest. */
  readonly made: MadeParts;
}

/**
 * What is kept of an apply, as text.
 *
 * Only services that are changed are in it, so that restoring into an empty table costs next to nothing. It is not a
 * file of lvsctl's: such a one may not have everything that other programs can make of a table.
 */
export function formatSnapshot({ changes, vips, before, target }: Plan): string {
  const touched = touchedServices(changes);
  for (const entry of target.services) {
    const name = formatServiceId(entry.service.id);
    // What is asked for as local becomes so again wherever it is.
    if (touched.has(name)) touched.set(name, entryDigest(entry, "dr"));
  }
  const { timeouts, syncDaemons } = target;
  const operations = new Set(changes.map(({ operation }) => operation));
  const made: MadeParts = {
    ...(operations.has("setTimeouts") && timeouts !== undefined
      ? { timeouts: { before: before.timeouts, after: timeouts } }
      : {}),
    ...(operations.has("startSyncDaemon") || operations.has("stopSyncDaemon")
      ? { syncDaemons: { before: before.syncDaemons, after: syncDaemons ?? [] } }
      : {}),
    ...(vips.first.length + vips.last.length > 0 ? { vips: changedVips([...vips.first, ...vips.last]) } : {}),
  };
  const old = before.services.filter(({ service }) => touched.has(formatServiceId(service.id)))
    .map(({ service, servers }) => ({ service, servers: servers.map(shortServer) }));
  return `${JSON.stringify({ version: VERSION, made, services: [...touched], before: old })}\n`;
}

/** A server without what most have in common. */
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

function fullServer([address, port, forward, weight, rest]: ShortServer): RealServer {
  return {
    address,
    port,
    forward,
    weight,
    ...(rest ?? { upperThreshold: 0, lowerThreshold: 0, tunnel: DEFAULT_TUNNEL }),
  };
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

/** The names of the services that changes are about, each without a digest. Changes of one service mostly share its id. */
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
 * Reads what is kept of an apply.
 *
 * @param text As {@linkcode formatSnapshot} wrote it.
 * @param name Its name, for messages.
 * @throws {LvsctlError} If it is not.
 */
export function parseSnapshot(text: string, name: string): Snapshot {
  try {
    const { version, made, services, before } = JSON.parse(text);
    if (version === VERSION) {
      const digests: readonly (readonly [string, string | null])[] = services;
      const entries = before.map((
        { service, servers }: { service: VirtualService; servers: readonly ShortServer[] },
      ) => ({
        service,
        servers: servers.map(fullServer),
      }));
      return { before: entries, made, services: new Map(digests.map(([id, digest]) => [id, digest ?? undefined])) };
    }
  } catch {
    // The same as one of another form.
  }
  throw new LvsctlError("it is not of the form that this lvsctl writes", {
    operation: "read the snapshot",
    object: name,
  });
}

/**
 * What leads back to before an apply, touching nothing but what that changed.
 *
 * @param snapshot What there was.
 * @param present The addresses that there are now.
 */
export function targetBefore({ before, services, made }: Snapshot, present: readonly PresentVip[]): Target {
  const { timeouts, syncDaemons, vips } = made;
  return {
    services: before,
    exact: true,
    within: new Set(services.keys()),
    ...(timeouts === undefined ? {} : { timeouts: timeouts.before }),
    ...(syncDaemons === undefined ? {} : { syncDaemons: syncDaemons.before }),
    ...(vips === undefined ? {} : { vips: [...ownedVips(present.filter(isOther(vips))), ...vips.before] }),
  };
}

/** Whether a VIP is none of those that were changed. */
function isOther({ before, after }: NonNullable<MadeParts["vips"]>): (vip: Vip) => boolean {
  return (vip) => ![...before, ...after].some((changed) => sameVipPlace(changed, vip));
}

/**
 * What somebody else has changed since an apply, of what that had changed; each a part of a sentence.
 *
 * @param snapshot What the apply made.
 * @param current What the kernel has of those services, and of the rest.
 */
export function changesSince({ services, made }: Snapshot, current: KernelState): string[] {
  const present = new Map(current.services.map((entry) => [formatServiceId(entry.service.id), entry]));
  const changed = [...services].flatMap(([name, digest]) => {
    const entry = present.get(name);
    if (entry === undefined) return digest === undefined ? [] : [`${name}: missing`];
    if (digest === undefined) return [`${name}: there again`];
    return isStill(entry, digest) ? [] : [`${name}: changed`];
  });
  const { timeouts, syncDaemons, vips } = made;
  const state = new CurrentState(current);
  const settings = planChanges({ ...current, services: [] }, {
    services: [],
    exact: false,
    ...(timeouts === undefined ? {} : { timeouts: timeouts.after }),
    ...(syncDaemons === undefined ? {} : { syncDaemons: syncDaemons.after }),
  });
  const isChanged = vips === undefined ? undefined : isOther(vips);
  const addresses = planVips(current.vips?.filter((vip) => isChanged?.(vip) === false), vips?.after);
  return [
    ...changed,
    ...settings.flatMap((change) => state.differences(change)).map(formatDifference),
    ...[...addresses.first, ...addresses.last].flatMap(vipDifferences).map(formatDifference),
  ];
}

/** Which method was asked for shows no more where the kernel says local: any will do. */
function isStill(entry: ServiceEntry, digest: string): boolean {
  const isLocal = entry.servers.some(({ forward }) => forward === "local");
  return isLocal
    ? FORWARDING_METHODS.some((method) => entryDigest(entry, method) === digest)
    : entryDigest(entry) === digest;
}
