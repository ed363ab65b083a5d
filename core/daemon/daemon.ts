import { type Clock, SYSTEM_CLOCK } from "../time/mod.ts";
import type { Change, DesiredState, Override, ServiceEvent } from "../model/mod.ts";
import type { DaemonOptions } from "./daemon_options.ts";
import { Drift } from "./drift.ts";
import { DRAIN_LOOK_MS, explainChange } from "../effective/mod.ts";
import {
  type AppliedHealth,
  applyHealth,
  declaredNames,
  type HealthKernel,
  idleDrainingServers,
  keepVips,
  type Knowledge,
  nameOf,
  ServiceTracker,
  wantedVips,
} from "../follow/mod.ts";
import { RetryDelay } from "./backoff.ts";
import { type DaemonStatus, serviceStatuses } from "./status.ts";
import { type StoredState, trimRecords } from "./stored_state.ts";
import { PatientLock } from "./patient_lock.ts";
import { GATHER_MS, Timetable } from "./timetable.ts";
import { HealthWatch } from "./health_watch.ts";
import { ConnectionReader } from "./connection_reader.ts";

/** How long after it was found locked the table is looked at again. */
const LOCKED_MS = 100;

/**
 * Checks real servers continuously and keeps the table as file and health want it.
 *
 * It touches only services that the file names, and of those only the ones whose health has changed: what an operator
 * does to others by hand stays. Nothing is kept in the kernel for it: it can die and start again at any time.
 */
export class Daemon {
  readonly #kernel: HealthKernel;
  readonly #options: DaemonOptions;
  readonly #clock: Clock;
  readonly #watch: HealthWatch;
  readonly #timetable: Timetable;
  readonly #tracker: ServiceTracker;
  readonly #leaving: ConnectionReader | undefined;
  readonly #lock: PatientLock;
  readonly #retryDelay = new RetryDelay();
  readonly #drift = new Drift();
  #desired: DesiredState = { services: [] };
  /** Names of the services that the table may be wrong for; `SETTINGS` while those are still to be set. */
  #dirty = new Set<string>();

  /**
   * Makes a daemon that has nothing to do until {@linkcode Daemon.load}.
   *
   * @param kernel The kernel.
   * @param options Everything else.
   */
  constructor(kernel: HealthKernel, options: DaemonOptions) {
    this.#kernel = kernel;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#lock = new PatientLock(options.lockTable, this.#clock);
    this.#tracker = new ServiceTracker(options.restored);
    const { signal, lookUp, verifyMs } = options;
    const timeOfDay = (): number => this.#timeOfDay();
    this.#watch = new HealthWatch({
      ...options,
      clock: this.#clock,
      timeOfDay,
      tracker: this.#tracker,
      onChanged: (names) => this.#lookAt(names, GATHER_MS),
    });
    this.#timetable = new Timetable({
      clock: this.#clock,
      timeOfDay,
      signal,
      onLook: () => this.#reconcile(),
      onWake: () => this.#wake(),
      verification: verifyMs === undefined ? undefined : { everyMs: verifyMs, onDue: () => this.#verify() },
    });
    this.#leaving = lookUp === undefined ? undefined : new ConnectionReader({
      lookUp,
      onFound: (names) => this.#lookAt(names, 0),
      onFailure: (error) => options.onEvent({ kind: "failure", error, retryMs: DRAIN_LOOK_MS }),
      clock: this.#clock,
      signal,
    });
  }

  /** Takes a file, the first one or another: servers that stay keep their health and the timing of their checks. */
  load(desired: DesiredState): void {
    this.#desired = desired;
    this.#dirty = new Set(declaredNames(desired));
    this.#retryDelay.reset();
    this.#tracker.retain(desired.services);
    const checks = this.#watch.load(desired.services);
    this.#options.onEvent({ kind: "loaded", services: desired.services.length, checks });
    this.#timetable.lookWithin(0);
  }

  /** Whether results come in as they should; a daemon without checks is alive as long as it can say so. */
  get isAlive(): boolean {
    return this.#watch.isAlive;
  }

  /** What it knows at this moment. */
  status(): DaemonStatus {
    return {
      services: serviceStatuses(this.#desired.services, { knowledge: this.#knowledge, kernel: this.#kernel }),
      differences: this.#differences().changes,
    };
  }

  /** Whether what was told of a service, perhaps by an earlier one, still holds; `undefined` if it does not know. */
  lasts(event: ServiceEvent): boolean | undefined {
    return this.#tracker.lasts(event);
  }

  /**
   * What it leaves to the next one, without what others keep.
   *
   * @param boot The present start of the machine.
   */
  store(boot: string): Omit<StoredState, "more"> {
    const { records, agents, standings } = this.#tracker;
    return {
      version: 2,
      boot,
      at: this.#timeOfDay(),
      health: trimRecords(records),
      agents: agents.toJSON(),
      standings: Object.fromEntries(standings),
    };
  }

  /** Takes what operators say, all of it; what they said before and do not say any more has ended. */
  override(overrides: readonly Override[]): void {
    const names = this.#tracker.override(overrides, this.#desired.services);
    if (names.length === 0) return;
    for (const name of names) this.#dirty.add(name);
    // At once: whoever said it waits for it.
    this.#timetable.lookNow();
  }

  /** Resolves when the daemon has stopped. */
  get finished(): Promise<void> {
    return this.#watch.finished;
  }

  get #knowledge(): Knowledge {
    return this.#tracker.knowledge(this.#timeOfDay());
  }

  #timeOfDay(): number {
    return (this.#options.timeOfDay ?? Date.now)();
  }

  /** Has services looked at. */
  #lookAt(names: readonly string[], delayMs: number): void {
    for (const name of names) this.#dirty.add(name);
    this.#timetable.lookWithin(delayMs);
  }

  /** The changes that would make the table what it should be. */
  #differences(): AppliedHealth {
    // What is about to change with time is looked at before long, and is no difference that anybody made.
    const soon = new Set(this.#tracker.due(this.#timeOfDay() + DRAIN_LOOK_MS));
    const names = declaredNames(this.#desired).filter((name) => !soon.has(name));
    return applyHealth(this.#kernel, { desired: this.#desired, knowledge: this.#knowledge, names, dryRun: true });
  }

  #verify(): void {
    const { repair = false, dryRun = false, onEvent } = this.#options;
    using lock = this.#lock.take();
    if (lock === undefined) return;
    const { changes, services } = this.#differences();
    const reaction = dryRun ? "dry-run" : repair ? "repaired" : "left";
    for (const change of this.#drift.take(changes).appeared) {
      onEvent({ kind: "drift", change, why: this.#explain(change, services), reaction });
    }
    if (reaction !== "repaired" || changes.length === 0) return;
    this.#lookAt(changes.map(nameOf), 0);
  }

  #explain(change: Change, services: AppliedHealth["services"]): string {
    return explainChange(change, { service: services.get(nameOf(change)), records: this.#tracker.records });
  }

  #reconcile(): void {
    if (this.#options.dryRun) {
      this.#dirty.clear();
      return this.#verify();
    }
    using lock = this.#lock.takeAtLast();
    if (lock === undefined) return this.#timetable.lookWithin(LOCKED_MS);
    // Of those that leave already: one that gets weight 0 only now has its first look at least until the next.
    this.#leaving?.look(() => idleDrainingServers(this.#kernel, this.#desired.services, this.#tracker.standings));
    const knowledge = { ...this.#knowledge, ends: this.#leaving?.ends };
    const { changes, errors, left, services } = applyHealth(this.#kernel, {
      desired: this.#desired,
      knowledge,
      names: [...this.#dirty],
    });
    for (const change of changes) {
      this.#options.onEvent({ kind: "change", change, why: this.#explain(change, services) });
    }
    for (const event of this.#tracker.take(services.values(), knowledge)) {
      this.#options.onEvent({ kind: "service", event });
    }
    this.#dirty = new Set(left);
    this.#timetable.wakeAt(this.#tracker.nextAt);
    this.#retryAfter([...errors, ...this.#keepVips()]);
  }

  /** Tells what failed, and has it tried again later. */
  #retryAfter(errors: readonly unknown[]): void {
    if (errors.length === 0) return this.#retryDelay.reset();
    const retryMs = this.#retryDelay.fail();
    for (const error of errors) this.#options.onEvent({ kind: "failure", error, retryMs });
    this.#timetable.lookWithin(retryMs);
  }

  /** Brings the VIPs to where the quorums want them, and gives what failed. */
  #keepVips(): readonly unknown[] {
    const { onEvent } = this.#options;
    const keeper = this.#options.vips?.();
    if (keeper === undefined) return [];
    const { changes, errors } = keepVips(keeper, wantedVips(this.#desired, this.#tracker.standings), {
      onFailure: (error) => onEvent({ kind: "failure", error, retryMs: 0 }),
    });
    for (const change of changes) onEvent({ kind: "vip", change });
    return errors;
  }

  /** Has those services looked at that change with time alone, and now. */
  #wake(): void {
    const due = this.#tracker.due(this.#timeOfDay());
    if (due.length === 0) return this.#timetable.wakeAt(this.#tracker.nextAt);
    this.#lookAt(due, 0);
  }
}
