import { type Clock, SYSTEM_CLOCK } from "../time/mod.ts";
import { JobTable, toTrackedJob } from "../health/mod.ts";
import {
  type Change,
  type Check,
  type DesiredState,
  type Health,
  type Override,
  type ServiceEvent,
  trackedChecks,
} from "../model/mod.ts";
import type { DaemonOptions } from "./daemon_options.ts";
import { FileVips, type VipPresence } from "./file_vips.ts";
import { Drift } from "./drift.ts";
import { Failures } from "./failures.ts";
import { DRAIN_LOOK_MS, explainChange, isAboutUnnamed, storeRememberedServices } from "../effective/mod.ts";
import {
  type AppliedHealth,
  applyHealth,
  declaredNames,
  type HealthKernel,
  idleDrainingServers,
  type Knowledge,
  nameOf,
  ServiceTracker,
  SingleReading,
  type TableReader,
  type VipPlace,
} from "../follow/mod.ts";
import {
  type DaemonStatus,
  type HealthSummary,
  quorumOf,
  type ServiceStatus,
  serviceStatuses,
  summarizeHealth,
} from "./status.ts";
import { Tallies } from "./tallies.ts";
import { type StoredState, trimRecords } from "./stored_state.ts";
import { LOCKED_MS, PatientLock } from "./patient_lock.ts";
import { GATHER_MS, Timetable } from "./timetable.ts";
import { HealthWatch } from "./health_watch.ts";
import { KeptServers } from "./kept_servers.ts";
import { type OwnVerdict, ownVerdicts } from "./own_verdicts.ts";
import { ConnectionReader } from "./connection_reader.ts";

/**
 * Checks real servers continuously, and keeps the table as file and health require it.
 *
 * It changes only services that the file names, and only those whose health has changed: manual changes to others stay.
 * It stores nothing in the kernel, so it can end and start again at any time.
 */
export class Daemon {
  readonly #kernel: HealthKernel;
  readonly #options: DaemonOptions;
  readonly #clock: Clock;
  readonly #watch: HealthWatch;
  readonly #timetable: Timetable;
  readonly #tracker: ServiceTracker;
  readonly #connections: ConnectionReader | undefined;
  readonly #lock: PatientLock;
  readonly #failures = new Failures();
  readonly #drift = new Drift();
  /** What it counts from its start. */
  readonly tallies: Tallies = new Tallies();
  readonly #vips: FileVips;
  #desired: DesiredState = { services: [] };
  readonly #kept: KeptServers;
  /** The names of the services whose entries in the table may be out of date; the settings have a name of their own. */
  #dirty = new Set<string>();

  /**
   * Creates a daemon that does nothing until {@linkcode Daemon.load}.
   *
   * @param kernel The kernel.
   * @param options Everything else.
   */
  constructor(kernel: HealthKernel, options: DaemonOptions) {
    this.#kernel = kernel;
    this.#options = {
      ...options,
      onEvent: (event) => {
        this.tallies.countEvent(event);
        options.onEvent(event);
      },
    };
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#lock = new PatientLock(options.lockTable, this.#clock);
    this.#tracker = new ServiceTracker(options.restored);
    this.#vips = new FileVips({ ...this.#options, remembered: () => this.#tracker.remembered });
    const { signal, lookUp, verifyMs } = options;
    const timeOfDay = (): number => this.#timeOfDay();
    this.#watch = new HealthWatch({
      ...this.#options,
      clock: this.#clock,
      timeOfDay,
      tracker: this.#tracker,
      tallies: this.tallies,
      onChanged: (names) => this.#schedulePass(names, GATHER_MS),
    });
    this.#timetable = new Timetable({
      clock: this.#clock,
      timeOfDay,
      signal,
      onPass: () => this.#pass(),
      onWake: () => this.#wake(),
      verification: verifyMs === undefined ? undefined : { everyMs: verifyMs, onDue: () => this.#verify() },
    });
    this.#kept = new KeptServers((event) => this.#options.onEvent(event));
    this.#connections = lookUp === undefined ? undefined : new ConnectionReader({
      lookUp,
      onRead: (names) => this.#schedulePass(names, 0),
      onFailure: (error) => this.#options.onEvent({ kind: "failure", error, retryMs: DRAIN_LOOK_MS }),
      clock: this.#clock,
      signal,
    });
  }

  /** Waits until it is ready to check the servers of its first file. */
  async prepare(desired: DesiredState): Promise<void> {
    await this.#watch.prepare(jobsOf(desired));
  }

  /** Takes the first file or another one: remaining servers keep their health and the timing of their checks. */
  load(desired: DesiredState): void {
    this.#vips.load(desired);
    this.#desired = desired;
    this.#dirty = new Set(declaredNames(desired));
    this.#failures.reset();
    this.#kept.clear();
    const jobs = jobsOf(desired);
    this.#tracker.load(jobs);
    const checks = this.#watch.load(jobs);
    this.#options.onEvent({ kind: "loaded", services: desired.services.length, checks });
    this.#timetable.passWithin(0);
  }

  /** The VIPs of its file, and those of earlier files that it has to remove yet. */
  get vips(): readonly VipPlace[] {
    return this.#vips.places;
  }

  /** Whether results arrive in time; a daemon without checks is alive as long as it can answer. */
  get isAlive(): boolean {
    return this.#watch.isAlive;
  }

  /** Number of checks in progress. */
  get checksInProgress(): number {
    return this.#watch.running;
  }

  /** The status of its services at this moment. */
  status(): DaemonStatus {
    const table = new SingleReading(this.#kernel);
    const services = [...serviceStatuses(table, this.#knowledge).filter((status) => status !== undefined)];
    return { services, ...this.problems, differences: this.#differences(table).changes };
  }

  /** The decisions about its services, worked out when they are taken: a part of {@linkcode Daemon.status}. */
  decisions(): Iterable<ServiceStatus> {
    return serviceStatuses(this.#kernel, this.#knowledge).filter((status) => status !== undefined);
  }

  /**
   * The decisions about its services with a table that is read already, in steps.
   *
   * @returns Undefined stands for a pause for other work.
   */
  decisionsInSteps(table: TableReader): Iterable<ServiceStatus | undefined> {
    return serviceStatuses(table, this.#knowledge);
  }

  /** The differences that the last comparison with the file found, and {@linkcode DaemonStatus.failures}. */
  get problems(): Pick<DaemonStatus, "differences" | "failures"> {
    return { differences: this.#drift.known, failures: this.#failures.reasons };
  }

  /** The VIPs of its file, each with whether its interface has it. */
  vipPresence(): readonly VipPresence[] {
    return this.#vips.presence();
  }

  /** Its own verdicts on the servers of its file that have a check. */
  verdicts(): readonly OwnVerdict[] {
    return ownVerdicts(this.#knowledge);
  }

  /** Decides again about services, by their names, because the verdicts of other directors on them have changed. */
  reconsider(names: readonly string[]): void {
    this.#schedulePass(names, GATHER_MS);
  }

  /** The known state of the quorum of a service by its name in the file: see {@linkcode quorumOf}. */
  quorum(name: string): "met" | "lost" | undefined {
    return quorumOf(this.#knowledge, name);
  }

  /** The health that a check that virtual routers track has found. */
  healthOf(check: Check): Health {
    return this.#tracker.records.state(toTrackedJob(check).key).health;
  }

  /** The health of its services in a few numbers. */
  summarize(): HealthSummary {
    return summarizeHealth(this.#knowledge);
  }

  /** Whether the state that an event reported, perhaps of an earlier daemon, still lasts; `undefined` if unknown. */
  lasts(event: ServiceEvent): boolean | undefined {
    return this.#tracker.lasts(event);
  }

  /**
   * The state for the next daemon, without that of other parts of the process.
   *
   * @param boot The present boot id.
   */
  store(boot: string): Omit<StoredState, "more"> {
    const { records, agents, remembered } = this.#tracker;
    return {
      version: 2,
      boot,
      at: this.#timeOfDay(),
      health: trimRecords(records),
      agents: agents.toJSON(),
      standings: storeRememberedServices(remembered),
    };
  }

  /** Replaces all overrides, and applies the difference before it returns. */
  override(overrides: readonly Override[]): void {
    const names = this.#tracker.override(overrides);
    if (names.length === 0) return;
    for (const name of names) this.#dirty.add(name);
    // At once, because the command that set the override waits.
    this.#timetable.passNow();
  }

  /** Resolves when the daemon has stopped. */
  get finished(): Promise<void> {
    return this.#watch.finished;
  }

  get #knowledge(): Knowledge {
    return { ...this.#tracker.knowledge(this.#timeOfDay()), vouchOf: this.#options.vouchOf };
  }

  #timeOfDay(): number {
    return (this.#options.timeOfDay ?? Date.now)();
  }

  /** Schedules a pass over services. */
  #schedulePass(names: readonly string[], delayMs: number): void {
    for (const name of names) this.#dirty.add(name);
    this.#timetable.passWithin(delayMs);
  }

  /** The changes between the table and the file. */
  #differences(table: SingleReading = new SingleReading(this.#kernel)): AppliedHealth {
    // A change by time alone is about to be made, and is not a difference made by another program.
    const soon = new Set(this.#tracker.due(this.#timeOfDay() + DRAIN_LOOK_MS));
    const names = declaredNames(this.#desired).filter((name) => !soon.has(name));
    return applyHealth(table, { desired: this.#desired, knowledge: this.#knowledge, names, dryRun: true });
  }

  #verify(): void {
    const { repair = false, dryRun = false, onEvent } = this.#options;
    using lock = this.#lock.take();
    if (lock === undefined) return;
    const { changes: all, services } = this.#differences();
    // What could not be made is reported as a failure, and is tried again.
    const changes = all.filter((change) => !this.#failures.names.has(nameOf(change)));
    this.tallies.countVerification({ at: this.#timeOfDay(), differences: changes.length });
    this.#kept.report(services.values());
    const isDrained = (change: Change): boolean => {
      const service = services.get(nameOf(change));
      return service !== undefined && isAboutUnnamed(change, service);
    };
    for (const change of this.#drift.take(changes)) {
      const reaction = dryRun ? "dry-run" : repair ? "repaired" : isDrained(change) ? "drained" : "left";
      onEvent({ kind: "drift", change, why: explainChange(change, services.get(nameOf(change))), reaction });
    }
    if (dryRun) return;
    if (this.#vips.needsPass) this.#timetable.passWithin(0);
    // Servers that the file does not name leave in the same way, whether the daemon finds them at its start or later.
    const corrected = repair ? changes : changes.filter(isDrained);
    if (corrected.length > 0) this.#schedulePass(corrected.map(nameOf), 0);
  }

  /** Applies file and health to the services that may be out of date. */
  #pass(): void {
    if (this.#options.dryRun) {
      this.#dirty.clear();
      return this.#verify();
    }
    using lock = this.#lock.takeAtLast();
    if (lock === undefined) return this.#timetable.passWithin(LOCKED_MS);
    // Only for servers that drain already: a server that gets weight 0 in this pass stays at least until the next.
    this.#connections?.readFor(() =>
      idleDrainingServers(this.#kernel, {
        services: this.#desired.services,
        remembered: this.#tracker.remembered,
      })
    );
    const knowledge = { ...this.#knowledge, ends: this.#connections?.ends };
    const began = this.#clock.now();
    const names = new Set([...this.#dirty, ...this.#failures.dueAt(began)]);
    const { changes, errors, pending, services } = applyHealth(this.#kernel, {
      desired: this.#desired,
      knowledge,
      names: [...names],
      suspects: this.#failures.names,
    });
    if (changes.length > 0) this.tallies.countPass(this.#clock.now() - began);
    for (const change of changes) {
      this.#options.onEvent({ kind: "change", change, why: explainChange(change, services.get(nameOf(change))) });
    }
    for (const event of this.#tracker.remember(services.values(), knowledge)) {
      this.#options.onEvent({ kind: "service", event });
    }
    this.#kept.report(services.values());
    this.#dirty = new Set();
    this.#timetable.wakeAt(this.#tracker.nextAt);
    const now = this.#clock.now();
    const outcome = { names, pending, errors: [...errors, ...this.#vips.keep()], now };
    const { reports, waitMs } = this.#failures.take(outcome);
    for (const { error, isRepeated } of reports) {
      this.#options.onEvent({ kind: "failure", error, retryMs: waitMs ?? 0, isRepeated });
    }
    if (waitMs !== undefined) this.#timetable.passWithin(waitMs);
  }

  /** Schedules a pass over the services that change by time alone, now. */
  #wake(): void {
    const due = this.#tracker.due(this.#timeOfDay());
    if (due.length === 0) return this.#timetable.wakeAt(this.#tracker.nextAt);
    this.#schedulePass(due, 0);
  }
}

/** The jobs of a file: its services' and those that only its virtual routers need. */
function jobsOf({ services, vrrp }: DesiredState): JobTable {
  return new JobTable(services, trackedChecks(vrrp));
}
