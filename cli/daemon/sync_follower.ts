import { LvsctlError } from "../../core/errors/mod.ts";
import type { Change, SyncDaemon, SyncRole, VrrpInstance, VrrpSync } from "../../core/model/mod.ts";
import { type Kernel, sameSyncDaemon } from "../../core/reconcile/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { StateChange } from "../../core/vrrp/mod.ts";

/** Time until sync daemons that could not be changed are changed again; milliseconds. */
const RETRY_MS = 10_000;

/**
 * Time until sync daemons follow a change of the state; milliseconds. Meanwhile the addresses of a whole group move, and
 * are announced: a change of sync daemons takes a lock of the kernel that holds them up.
 */
const SETTLE_MS = 500;

/** Dependencies of a {@linkcode SyncFollower}. */
export interface SyncFollowerOptions {
  /** The kernel. */
  readonly kernel: Pick<Kernel, "syncDaemons" | "execute">;
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
  #timer: Disposable | undefined;

  /** Changes nothing yet. */
  constructor(options: SyncFollowerOptions) {
    this.#options = options;
  }

  /** Takes the instances of a file; sync daemons that no instance has any more are stopped. */
  load(instances: readonly VrrpInstance[]): void {
    const instance = instances.find(({ sync }) => sync !== undefined);
    if (instance === undefined) this.#stop();
    const isSame = instance?.name === this.#name;
    this.#name = instance?.name;
    this.#sync = instance?.sync;
    if (!isSame) this.#role = undefined;
    this.#apply();
  }

  /** Follows a change of the state. */
  follow({ subject, name, state }: StateChange): void {
    if (subject !== "instance" || name !== this.#name) return;
    const isFirst = this.#role === undefined;
    this.#role = state === "active" ? "master" : "backup";
    if (isFirst) return this.#apply();
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.setTimer(() => this.#apply(), SETTLE_MS);
  }

  /** Leaves the sync daemons as they are to the next daemon. */
  leave(): void {
    this.#timer?.[Symbol.dispose]();
    this.#sync = undefined;
    this.#role = undefined;
  }

  /** Stops the sync daemons, unless the backup is kept. */
  [Symbol.dispose](): void {
    if (this.#role !== undefined && this.#sync?.keeps === true) {
      this.#role = "backup";
      this.#apply();
    } else this.#stop();
    this.leave();
  }

  #stop(): void {
    if (this.#role === undefined) return;
    this.#role = undefined;
    this.#execute(() => this.#options.kernel.syncDaemons().map(({ role }) => ({ operation: "stopSyncDaemon", role })));
  }

  #apply(): void {
    this.#timer?.[Symbol.dispose]();
    const [role, sync] = [this.#role, this.#sync];
    if (role === undefined || sync === undefined) return;
    const wanted: SyncDaemon = { ...sync.daemon, role };
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

/** The changes to one sync daemon alone. */
function changesTo(wanted: SyncDaemon, running: readonly SyncDaemon[]): readonly Change[] {
  const stops = running.filter((daemon) => !sameSyncDaemon(daemon, wanted))
    .map(({ role }): Change => ({ operation: "stopSyncDaemon", role }));
  const runs = running.some((daemon) => sameSyncDaemon(daemon, wanted));
  return runs ? stops : [...stops, { operation: "startSyncDaemon", daemon: wanted }];
}
