import { formatState, parseConfig } from "../../core/config/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import {
  type DesiredState,
  formatServiceId,
  FORWARDING_METHODS,
  type KernelState,
  type PresentVip,
  sameVipPlace,
  type ServiceEntry,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  type Vip,
  type VipChange,
} from "../../core/model/mod.ts";
import {
  type ApplyResult,
  CurrentState,
  entryDigest,
  formatDifference,
  ownedVips,
  planChanges,
  planVips,
  type Target,
  vipDifferences,
} from "../../core/reconcile/mod.ts";

/** The form of the file. */
const VERSION = 1;

/** What was made of the parts that are not services; those that were not changed are left out. */
interface MadeParts {
  readonly timeouts?: Timeouts;
  readonly syncDaemons?: readonly SyncDaemon[];
  /** Of the VIPs that were changed alone, what they were and what they were made. */
  readonly vips?: { readonly before: readonly Vip[]; readonly after: readonly Vip[] };
}

/** What is kept of an apply: enough to go back, and to notice whether somebody else has been there since. */
export interface Snapshot {
  /** What the changed services, and the other parts, were before; the file's other services are not named. */
  readonly before: DesiredState;
  /** A digest of what each changed service was made; undefined for one that was deleted. */
  readonly services: ReadonlyMap<string, string | undefined>;
  /** What was made of the rest. */
  readonly made: MadeParts;
}

/**
 * What is kept of an apply, as text: a line of JSON on what was made, and what was before as YAML.
 *
 * Only services that are changed are in it, so that restoring into an empty table costs next to nothing.
 */
export function formatSnapshot({ changes, vips, before, target }: ApplyResult): string {
  const touched = touchedServices(changes);
  const services: Record<string, string | null> = {};
  const names = new Set(touched.keys());
  for (const entry of target.services) {
    const name = formatServiceId(entry.service.id);
    if (!names.delete(name)) continue;
    // What is asked for as local becomes so again wherever it is.
    services[name] = entryDigest(entry, "dr");
  }
  for (const name of names) services[name] = null;
  const { timeouts, syncDaemons } = target;
  const operations = new Set(changes.map(({ operation }) => operation));
  const made = {
    ...(operations.has("setTimeouts") && timeouts !== undefined ? { timeouts } : {}),
    ...(operations.has("startSyncDaemon") || operations.has("stopSyncDaemon")
      ? { syncDaemons: syncDaemons ?? [] }
      : {}),
    ...(vips.first.length + vips.last.length > 0 ? { vips: changedVips([...vips.first, ...vips.last]) } : {}),
  };
  const old = before.services.filter(({ service }) => touched.has(formatServiceId(service.id)));
  const header = JSON.stringify({ version: VERSION, made, services });
  const { timeouts: oldTimeouts, syncDaemons: oldDaemons } = before;
  return `${header}\n${formatState({ timeouts: oldTimeouts, syncDaemons: oldDaemons, services: old })}`;
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

/** The services that changes are about, by name. Changes of one service mostly share its id. */
function touchedServices(changes: ApplyResult["changes"]): Map<string, ServiceId> {
  const touched = new Map<string, ServiceId>();
  let last: ServiceId | undefined;
  for (const change of changes) {
    const id = "service" in change ? change.service.id : "id" in change ? change.id : undefined;
    if (id === undefined || id === last) continue;
    last = id;
    touched.set(formatServiceId(id), id);
  }
  return touched;
}

/**
 * Reads what is kept of an apply.
 *
 * @param text As {@linkcode formatSnapshot} wrote it.
 * @param file Its name, for messages.
 * @throws {LvsctlError} If it is not.
 */
export async function parseSnapshot(text: string, file: string): Promise<Snapshot> {
  const end = text.indexOf("\n") + 1;
  const header = parseHeader(text.slice(0, end), file);
  const before = await parseConfig(text.slice(end), { file });
  return {
    before,
    made: header.made,
    services: new Map(Object.entries(header.services).map(([name, digest]) => [name, digest ?? undefined])),
  };
}

function parseHeader(
  line: string,
  file: string,
): { readonly made: MadeParts; readonly services: Readonly<Record<string, string | null>> } {
  try {
    const header = JSON.parse(line);
    if (header.version === VERSION && typeof header.services === "object" && typeof header.made === "object") {
      return header;
    }
  } catch {
    // The same as one of another form.
  }
  throw new LvsctlError("it is not of the form that this lvsctl writes", {
    operation: "read the snapshot",
    object: file,
  });
}

/**
 * What leads back to before an apply, touching nothing but what that changed.
 *
 * @param snapshot What there was.
 * @param present The addresses that there are now.
 */
export function targetBefore({ before, services, made }: Snapshot, present: readonly PresentVip[]): Target {
  const { timeouts, syncDaemons } = before;
  const { vips } = made;
  return {
    services: before.services,
    exact: true,
    within: new Set(services.keys()),
    ...(made.timeouts === undefined || timeouts === undefined ? {} : { timeouts }),
    ...(made.syncDaemons === undefined || syncDaemons === undefined ? {} : { syncDaemons }),
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
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(syncDaemons === undefined ? {} : { syncDaemons }),
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
