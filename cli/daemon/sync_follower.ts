import { LvsctlError } from "../../core/errors/mod.ts";
import type { Change, SyncDaemon, SyncRole, VrrpInstance, VrrpSync } from "../../core/model/mod.ts";
import { type Kernel, sameSyncDaemon } from "../../core/reconcile/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { StateChange } from "../../core/vrrp/mod.ts";

/** Time until sync daemons that could not be changed are changed again; milliseconds. */
const RETRY_MS = 10_000;

/** The place of sync daemons, by which a later process recognizes them. */
export type SyncPlace = Pick<SyncDaemon, "interface" | "syncId">;

/** A record of the sync daemons that follow an instance, which outlives this process. */
export interface SyncRecord {
  /** Their place; undefined if none are recorded. */
  read(): SyncPlace | undefined;
  /**
   * Replaces the record.
   *
   * @throws {LvsctlError} If it cannot be written.
   */
  write(place: SyncPlace | undefined): void;
}

/** Dependencies of a {@linkcode SyncFollower}. */
export interface SyncFollowerOptions {
  /** The kernel. */
  readonly kernel: Pick<Kernel, "syncDaemons" | "execute">;
  /** The record of the sync daemons. */
  readonly record: SyncRecord;
  /** Receives what was done. */
  readonly onChange: (message: string) => void;
  /** Receives each failure. */
  readonly onProblem: (message: string) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** The kernel's sync daemons, which follow the state of an instance: the master runs while it is active. */
export class SyncFollower implements Disposable {
  readonly #options: SyncFollowerOptions;
  #name: string | undefined;
  #sync: VrrpSync | undefined;
  #role: SyncRole | undefined;
  /** The roles by the last state of each instance: another one may have the sync daemons in the next file. */
  readonly #roles = new Map<string, SyncRole>();
  #timer: Disposable | undefined;
  /** The sync daemons that this daemon, or one before it, has started and that may run. */
  #recorded: SyncPlace | undefined;

  /** Reads the record, and changes nothing yet. */
  constructor(options: SyncFollowerOptions) {
    this.#options = options;
    this.#recorded = options.record.read();
  }

  /** Takes the instances of a file; sync daemons that no instance has any more are stopped. */
  load(instances: readonly VrrpInstance[]): void {
    const instance = instances.find(({ sync }) => sync !== undefined);
    if (instance === undefined) this.#stop();
    const isSame = instance?.name === this.#name;
    this.#name = instance?.name;
    this.#sync = instance?.sync;
    if (!isSame) this.#role = instance === undefined ? undefined : this.#roles.get(instance.name);
    const names = new Set(instances.map(({ name }) => name));
    for (const name of this.#roles.keys()) if (!names.has(name)) this.#roles.delete(name);
    this.#apply();
  }

  /** Follows a change of the state. */
  follow({ subject, name, state }: StateChange): void {
    if (subject !== "instance") return;
    const role = state === "active" ? "master" : "backup";
    this.#roles.set(name, role);
    if (name !== this.#name) return;
    this.#role = role;
    this.#apply();
  }

  /** Leaves the sync daemons as they are to the next daemon. */
  leave(): void {
    this.#timer?.[Symbol.dispose]();
    this.#sync = undefined;
    this.#role = undefined;
    this.#recorded = undefined;
  }

  /** Stops the sync daemons, unless the backup is kept. */
  [Symbol.dispose](): void {
    const mayRun = this.#role !== undefined || this.#recorded !== undefined;
    if (mayRun && this.#sync?.keeps === true) {
      this.#role = "backup";
      this.#apply();
      this.#remember(undefined);
    } else this.#stop();
    this.leave();
  }

  /** Stops the sync daemons of the instance, or those that an earlier daemon has left. */
  #stop(): void {
    const { kernel } = this.#options;
    const left = this.#recorded;
    const hasRole = this.#role !== undefined;
    if (!hasRole && left === undefined) return;
    this.#role = undefined;
    const isDone = this.#execute(() =>
      kernel.syncDaemons().filter((daemon) => hasRole || isAt(daemon, left))
        .map(({ role }): Change => ({ operation: "stopSyncDaemon", role }))
    );
    if (isDone) this.#remember(undefined);
  }

  /** Records the place first, so that a later process knows what a killed one has left. */
  #remember(place: SyncPlace | undefined): void {
    if (place?.interface === this.#recorded?.interface && place?.syncId === this.#recorded?.syncId) return;
    this.#recorded = place;
    const { record, onProblem } = this.#options;
    try {
      record.write(place);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      onProblem(error.message);
    }
  }

  #apply(): void {
    this.#timer?.[Symbol.dispose]();
    const [role, sync] = [this.#role, this.#sync];
    if (role === undefined || sync === undefined) return;
    const wanted: SyncDaemon = { ...sync.daemon, role };
    this.#remember({ interface: wanted.interface, syncId: wanted.syncId });
    const isDone = this.#execute(() => changesTo(wanted, this.#options.kernel.syncDaemons()));
    if (!isDone) this.#timer = this.#options.clock.setTimer(() => this.#apply(), RETRY_MS);
  }

  /** Makes changes, and tells whether all of them are made. */
  #execute(plan: () => readonly Change[]): boolean {
    const { kernel, onChange, onProblem } = this.#options;
    try {
      const changes = plan();
      const errors = changes.length === 0 ? new Map<number, LvsctlError>() : kernel.execute(changes);
      for (const error of errors.values()) onProblem(error.message);
      const started = changes.find((change) => change.operation === "startSyncDaemon");
      if (started !== undefined && errors.size === 0) {
        onChange(`the sync daemon ${started.daemon.role} runs on ${started.daemon.interface}`);
      }
      return errors.size === 0;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      onProblem(error.message);
      return false;
    }
  }
}

/**
 * Stops the sync daemons that a killed daemon has left.
 *
 * @param record Their record, which is empty afterwards.
 * @param options.onStop Called with the role of each one.
 * @throws {LvsctlError} If the kernel refuses.
 */
export function stopLeftSyncDaemons(
  record: SyncRecord,
  { kernel, onStop }: { readonly kernel: SyncFollowerOptions["kernel"]; readonly onStop: (role: SyncRole) => void },
): void {
  const place = record.read();
  if (place === undefined) return;
  for (const { role } of kernel.syncDaemons().filter((daemon) => isAt(daemon, place))) {
    for (const error of kernel.execute([{ operation: "stopSyncDaemon", role }]).values()) throw error;
    onStop(role);
  }
  record.write(undefined);
}

function isAt(daemon: SyncPlace, place: SyncPlace | undefined): boolean {
  return daemon.interface === place?.interface && daemon.syncId === place.syncId;
}

/** The changes to one sync daemon alone. */
function changesTo(wanted: SyncDaemon, running: readonly SyncDaemon[]): readonly Change[] {
  const stops = running.filter((daemon) => !sameSyncDaemon(daemon, wanted))
    .map(({ role }): Change => ({ operation: "stopSyncDaemon", role }));
  const runs = running.some((daemon) => sameSyncDaemon(daemon, wanted));
  return runs ? stops : [...stops, { operation: "startSyncDaemon", daemon: wanted }];
}
