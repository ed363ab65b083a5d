import {
  type Clock,
  HealthRecords,
  type Monitor,
  monitorProbes,
  probeDelayMs,
  type ProbeFunction,
  type ProbeJob,
  probeJobs,
  SYSTEM_CLOCK,
  toProbeJob,
} from "../health/mod.ts";
import {
  type Change,
  checkOf,
  type DesiredService,
  type DesiredState,
  formatServiceId,
  type Health,
  type ProbeResult,
} from "../model/mod.ts";
import type { Kernel } from "../reconcile/mod.ts";
import { Drift } from "./drift.ts";
import { explainChange } from "./explain.ts";
import { currentServers, declaredNames, followHealth, nameOf } from "./follow.ts";
import { type DaemonStatus, serviceStatuses } from "./status.ts";
import { type RestoredState, type StoredState, trimRecords } from "./stored_state.ts";

/** Something that the daemon tells its operator; each is one line of the log. */
export type DaemonEvent =
  | { readonly kind: "health"; readonly job: ProbeJob; readonly health: Health; readonly reason: string }
  | { readonly kind: "change"; readonly change: Change; readonly why: string }
  | { readonly kind: "drift"; readonly change: Change; readonly why: string; readonly reaction: DriftReaction }
  | { readonly kind: "failure"; readonly error: unknown; readonly retryMs: number }
  | { readonly kind: "loaded"; readonly services: number; readonly checks: number };

/**
 * What is done about a difference between the table and what it should be: it is put right, left as whoever made it
 * wants it, or left because nothing is to be changed at all.
 */
export type DriftReaction = "repaired" | "left" | "dry-run";

/** What a {@linkcode Daemon} takes beside kernel and file. */
export interface DaemonOptions {
  /** Gets every event. */
  readonly onEvent: (event: DaemonEvent) => void;
  /** Stops the daemon; the table stays as it is. */
  readonly signal: AbortSignal;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
  /** Time of day for the records; milliseconds since 1970. */
  readonly timeOfDay?: () => number;
  /** Spreads the first probes: 0 to less than 1. */
  readonly random?: () => number;
  /** Probes once. */
  readonly probe?: ProbeFunction;
  /**
   * Keeps others from changing the table until it is disposed of; `undefined` if somebody else does at the moment.
   *
   * @default nobody is kept from it
   */
  readonly lockTable?: () => Disposable | undefined;
  /**
   * What an earlier one left.
   *
   * @default nothing is known
   */
  readonly restored?: RestoredState;
  /**
   * How often the table is held against what it should be; milliseconds.
   *
   * @default never
   */
  readonly verifyMs?: number;
  /** Whether what others have made of the table is put right; else it is told of. */
  readonly repair?: boolean;
  /** Changes nothing, and tells what it would. */
  readonly dryRun?: boolean;
}

/** Results that come in within this are answered by one change of the table. */
const GATHER_MS = 10;

/** How long after a failed change of the table it is tried again; twice as long after each further failure. */
const RETRY_MS = 1000;

/** How long after it was found locked the table is looked at again. */
const LOCKED_MS = 100;

/** How long the table may be locked: after that, health counts for more than that nobody interferes. */
const LONGEST_LOCKED_MS = 3000;

/** The longest that a failed change waits for its next try. */
const LONGEST_RETRY_MS = 60_000;

/** How much later than the slowest check of all a result may come in before the daemon is taken for stuck. */
const STUCK_MS = 10_000;

/**
 * Checks real servers continuously and keeps the table as file and health want it.
 *
 * It touches only services that the file names, and of those only the ones whose health has changed: what an operator
 * does to others by hand stays. Nothing is kept in the kernel for it, so that it can die and start again at any time:
 * it then finds every server unknown, and leaves it as it is until it knows better.
 */
export class Daemon {
  readonly #kernel: Kernel;
  readonly #options: DaemonOptions;
  readonly #clock: Clock;
  readonly #monitor: Monitor<ProbeJob, ProbeResult>;
  readonly #records: HealthRecords;
  readonly #drift = new Drift();
  #desired: DesiredState = { services: [] };
  /** Its services by their names. */
  #services = new Map<string, DesiredService>();
  /** Names of the services that the table may be wrong for; `SETTINGS` while those are still to be set. */
  #dirty = new Set<string>();
  /** The names of the services that a job speaks for, by the job's key. */
  #affected = new Map<string, string[]>();
  #retryMs = RETRY_MS;
  /** Since when the table was found locked, while it is. */
  #lockedSince: number | undefined;
  /** When the table is looked at next, and the timer for it. */
  #next: { readonly at: number; readonly timer: Disposable } | undefined;
  /** The timer for looking whether the table is as it should be. */
  #verification: Disposable | undefined;
  /** When the last result came in, and within what the next one has to; `undefined` where there are no checks. */
  #lastTurn = 0;
  #turnMs: number | undefined;

  /**
   * Makes a daemon that has nothing to do until {@linkcode Daemon.load}.
   *
   * @param kernel The kernel.
   * @param options Everything else.
   */
  constructor(kernel: Kernel, options: DaemonOptions) {
    this.#kernel = kernel;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#records = options.restored?.records ?? new HealthRecords();
    const { signal, random, probe } = options;
    this.#monitor = monitorProbes((job, result) => this.#take(job, result), {
      signal,
      clock: this.#clock,
      ...(random === undefined ? {} : { random }),
      ...(probe === undefined ? {} : { probe }),
    });
    signal.addEventListener("abort", () => {
      this.#next?.timer[Symbol.dispose]();
      this.#verification?.[Symbol.dispose]();
    }, { once: true });
    this.#scheduleVerification();
  }

  /** Takes a file, the first one or another: servers that stay keep their health and the timing of their checks. */
  load(desired: DesiredState): void {
    this.#desired = desired;
    this.#services = new Map(desired.services.map((service) => [formatServiceId(service.service.id), service]));
    this.#dirty = new Set(declaredNames(desired));
    this.#retryMs = RETRY_MS;
    this.#affected = servicesByJob(desired.services);
    const jobs = probeJobs(desired.services);
    this.#records.retain(jobs);
    this.#monitor.update(jobs);
    this.#lastTurn = this.#clock.now();
    this.#turnMs = jobs.length === 0 ? undefined : longestTurn(jobs);
    this.#options.onEvent({ kind: "loaded", services: desired.services.length, checks: jobs.length });
    this.#schedule(0);
  }

  /** Whether results come in as they should; a daemon without checks is alive as long as it can say so. */
  get isAlive(): boolean {
    return this.#turnMs === undefined || this.#clock.now() - this.#lastTurn <= this.#turnMs + STUCK_MS;
  }

  /** What it knows at this moment. */
  status(): DaemonStatus {
    const current = currentServers(this.#kernel);
    return {
      services: serviceStatuses(this.#desired.services, { records: this.#records, current }),
      differences: this.#differences(),
    };
  }

  /**
   * What it leaves to the next one, without what others keep.
   *
   * @param boot The present start of the machine.
   */
  store(boot: string): Omit<StoredState, "more"> {
    const at = (this.#options.timeOfDay ?? Date.now)();
    return { version: 1, boot, at, health: trimRecords(this.#records), quorums: {} };
  }

  /** Resolves when the daemon has stopped. */
  get finished(): Promise<void> {
    return this.#monitor.finished;
  }

  #take(job: ProbeJob, result: ProbeResult): number {
    const at = (this.#options.timeOfDay ?? Date.now)();
    this.#lastTurn = this.#clock.now();
    const { state, changed } = this.#records.record(job, result, { at });
    if (changed) {
      const reason = result.ok ? result.detail : result.reason;
      this.#options.onEvent({ kind: "health", job, health: state.health, reason });
      for (const name of this.#affected.get(job.key) ?? []) this.#dirty.add(name);
      this.#schedule(GATHER_MS);
    }
    return probeDelayMs(state, job.check);
  }

  #schedule(delayMs: number): void {
    if (this.#options.signal.aborted) return;
    const at = this.#clock.now() + delayMs;
    // Only ever sooner: a stream of changes must not put off the answer to its first one.
    if (this.#next !== undefined && this.#next.at <= at) return;
    this.#next?.timer[Symbol.dispose]();
    this.#next = { at, timer: this.#clock.setTimer(() => this.#reconcile(), delayMs) };
  }

  /** The changes that would make the table what it should be. */
  #differences(): readonly Change[] {
    const names = declaredNames(this.#desired);
    return followHealth(this.#kernel, { desired: this.#desired, records: this.#records, names, dryRun: true }).changes;
  }

  #scheduleVerification(): void {
    const { verifyMs, signal } = this.#options;
    if (verifyMs === undefined || signal.aborted) return;
    this.#verification = this.#clock.setTimer(() => {
      // What is about to be changed is no drift, and what others are changing at this moment may be half of a change.
      if (this.#next === undefined) this.#verify();
      this.#scheduleVerification();
    }, verifyMs);
  }

  #verify(): void {
    const { lockTable, repair = false, dryRun = false, onEvent } = this.#options;
    using lock = lockTable?.();
    if (lockTable !== undefined && lock === undefined) return;
    const changes = this.#differences();
    const reaction = dryRun ? "dry-run" : repair ? "repaired" : "left";
    for (const change of this.#drift.take(changes).appeared) {
      onEvent({ kind: "drift", change, why: this.#explain(change), reaction });
    }
    if (reaction !== "repaired" || changes.length === 0) return;
    for (const change of changes) this.#dirty.add(nameOf(change));
    this.#schedule(0);
  }

  #explain(change: Change): string {
    const service = this.#services.get(nameOf(change));
    return explainChange(change, { service, records: this.#records });
  }

  #reconcile(): void {
    this.#next = undefined;
    if (this.#options.dryRun) {
      this.#dirty.clear();
      return this.#verify();
    }
    const { lockTable } = this.#options;
    using lock = lockTable?.();
    if (lockTable !== undefined && lock === undefined) {
      this.#lockedSince ??= this.#clock.now();
      if (this.#clock.now() - this.#lockedSince < LONGEST_LOCKED_MS) return this.#schedule(LOCKED_MS);
    }
    this.#lockedSince = undefined;
    const { changes, errors, left } = followHealth(this.#kernel, {
      desired: this.#desired,
      records: this.#records,
      names: [...this.#dirty],
    });
    for (const change of changes) this.#options.onEvent({ kind: "change", change, why: this.#explain(change) });
    this.#dirty = new Set(left);
    if (errors.length === 0) {
      this.#retryMs = RETRY_MS;
      return;
    }
    const retryMs = this.#retryMs;
    for (const error of errors) this.#options.onEvent({ kind: "failure", error, retryMs });
    this.#retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    this.#schedule(retryMs);
  }
}

function servicesByJob(services: readonly DesiredService[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const desired of services) {
    const name = formatServiceId(desired.service.id);
    for (const server of desired.servers) {
      const check = checkOf(desired, server);
      if (check === undefined) continue;
      const { key } = toProbeJob(server, check);
      const known = names.get(key);
      if (known === undefined) names.set(key, [name]);
      else if (!known.includes(name)) known.push(name);
    }
  }
  return names;
}

/** Within what each job has to give a result; milliseconds. */
function longestTurn(jobs: readonly ProbeJob[]): number {
  return jobs.reduce((longest, { check }) => {
    const { intervalMs, unhealthyIntervalMs = 0, retryDelayMs = 0, warmupMs = 0, timeoutMs } = check;
    return Math.max(longest, Math.max(intervalMs, unhealthyIntervalMs, retryDelayMs, warmupMs) + timeoutMs);
  }, 0);
}
