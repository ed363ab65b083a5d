import {
  type AgentJob,
  agentJobs,
  type AgentResult,
  type AgentState,
  type Clock,
  type Monitor,
  monitorAgents,
  monitorProbes,
  probeDelayMs,
  type ProbeJob,
  probeJobs,
  SYSTEM_CLOCK,
} from "../health/mod.ts";
import type { Change, DesiredState, Override, ProbeResult, ServiceEvent } from "../model/mod.ts";
import type { DaemonOptions } from "./daemon_options.ts";
import { Drift } from "./drift.ts";
import { explainChange } from "./explain.ts";
import { declaredNames, type Followed, followHealth, nameOf } from "./follow.ts";
import { LEAVING_LOOK_MS } from "./leaving.ts";
import { idleLeavers, LeavingConnections } from "./leaving_connections.ts";
import { Reaction } from "./reaction.ts";
import type { FollowedKernel, Situation } from "./situation.ts";
import { type DaemonStatus, serviceStatuses } from "./status.ts";
import { type StoredState, trimRecords } from "./stored_state.ts";
import { keepVips, vipWishes } from "./vip_keeping.ts";
import { Warnings } from "./warnings.ts";
import { agentKey, longestTurn, serversOf, servicesByJob } from "./watch_jobs.ts";

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

/** The longest that the daemon sleeps towards a certain time of day. */
const LONGEST_SLEEP_MS = 60_000;

/** How much later than the slowest check of all a result may come in before the daemon is taken for stuck. */
const STUCK_MS = 10_000;

/**
 * Checks real servers continuously and keeps the table as file and health want it.
 *
 * It touches only services that the file names, and of those only the ones whose health has changed: what an operator
 * does to others by hand stays. Nothing is kept in the kernel for it: it can die and start again at any time.
 */
export class Daemon {
  readonly #kernel: FollowedKernel;
  readonly #options: DaemonOptions;
  readonly #clock: Clock;
  readonly #monitor: Monitor<ProbeJob, ProbeResult>;
  readonly #agentMonitor: Monitor<AgentJob, AgentResult>;
  readonly #reaction: Reaction;
  readonly #leaving: LeavingConnections | undefined;
  readonly #drift = new Drift();
  readonly #warnings = new Warnings();
  #desired: DesiredState = { services: [] };
  /** Names of the services that the table may be wrong for; `SETTINGS` while those are still to be set. */
  #dirty = new Set<string>();
  /** The names of the services that a job speaks for, by the job's key. */
  #affected = new Map<string, string[]>();
  /** The timer for what changes with time alone. */
  #wake: Disposable | undefined;
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
  constructor(kernel: FollowedKernel, options: DaemonOptions) {
    this.#kernel = kernel;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#reaction = new Reaction(options.restored);
    const { signal, random, probe, ask, lookUp } = options;
    this.#leaving = lookUp === undefined ? undefined : new LeavingConnections({
      lookUp,
      onFound: (names) => {
        for (const name of names) this.#dirty.add(name);
        this.#schedule(0);
      },
      onFailure: (error) => options.onEvent({ kind: "failure", error, retryMs: LEAVING_LOOK_MS }),
      clock: this.#clock,
      signal,
    });
    this.#monitor = monitorProbes((job, result) => this.#take(job, result), {
      signal,
      clock: this.#clock,
      ...(random === undefined ? {} : { random }),
      ...(probe === undefined ? {} : { probe }),
    });
    this.#agentMonitor = monitorAgents((job, result) => this.#hear(job, result), {
      signal,
      clock: this.#clock,
      ...(random === undefined ? {} : { random }),
      ...(ask === undefined ? {} : { ask }),
    });
    signal.addEventListener("abort", () => {
      this.#wake?.[Symbol.dispose]();
      this.#next?.timer[Symbol.dispose]();
      this.#verification?.[Symbol.dispose]();
    }, { once: true });
    this.#scheduleVerification();
  }

  /** Takes a file, the first one or another: servers that stay keep their health and the timing of their checks. */
  load(desired: DesiredState): void {
    this.#desired = desired;
    this.#dirty = new Set(declaredNames(desired));
    this.#retryMs = RETRY_MS;
    this.#affected = servicesByJob(desired.services);
    this.#reaction.retain(desired.services);
    const jobs = probeJobs(desired.services);
    this.#monitor.update(jobs);
    this.#warnings.retain(new Set(jobs.map(({ key }) => key)));
    this.#agentMonitor.update(agentJobs(desired.services));
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
    return {
      services: serviceStatuses(this.#desired.services, { situation: this.#situation, kernel: this.#kernel }),
      differences: this.#differences().changes,
    };
  }

  /** Whether what was told of a service, perhaps by an earlier one, still holds; `undefined` if it does not know. */
  lasts(event: ServiceEvent): boolean | undefined {
    return this.#reaction.lasts(event);
  }

  /**
   * What it leaves to the next one, without what others keep.
   *
   * @param boot The present start of the machine.
   */
  store(boot: string): Omit<StoredState, "more"> {
    const { records, agents, standings } = this.#reaction;
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
    const names = this.#reaction.override(overrides, this.#desired.services);
    if (names.length === 0) return;
    for (const name of names) this.#dirty.add(name);
    // At once: whoever said it waits for it.
    this.#next?.timer[Symbol.dispose]();
    this.#reconcile();
  }

  /** Resolves when the daemon has stopped. */
  get finished(): Promise<void> {
    return Promise.all([this.#monitor.finished, this.#agentMonitor.finished]).then(() => {});
  }

  get #situation(): Situation {
    return this.#reaction.situation(this.#timeOfDay());
  }

  #timeOfDay(): number {
    return (this.#options.timeOfDay ?? Date.now)();
  }

  #take(job: ProbeJob, result: ProbeResult): number {
    this.#lastTurn = this.#clock.now();
    const { records } = this.#reaction;
    const { weight } = records.state(job.key);
    const { state, changed } = records.record(job, result, { at: this.#timeOfDay() });
    if (changed) {
      const reason = result.ok ? result.detail : result.reason;
      this.#options.onEvent({ kind: "health", job, health: state.health, reason });
    }
    if (changed || state.weight !== weight) this.#affect(job.key);
    this.#warn(job, result);
    return probeDelayMs(state, job.check);
  }

  #warn(job: ProbeJob, result: ProbeResult): void {
    const warning = result.ok ? result.warning : undefined;
    const at = this.#timeOfDay();
    if (!this.#warnings.take(job.key, warning, { at }) || warning === undefined) return;
    for (const { desired, server } of serversOf(this.#desired.services, job)) {
      const { service: { id }, name } = desired;
      const about = { service: id, ...(name === undefined ? {} : { name }), server, reason: warning, at };
      this.#options.onEvent({ kind: "service", event: { kind: "warning", ...about } });
    }
  }

  #hear(job: AgentJob, result: AgentResult): void {
    const { agents } = this.#reaction;
    const { agent, target } = job;
    const wasHeard = isHeard(agents.state(target, agent));
    const { state, changed } = agents.record(job, result, { at: this.#timeOfDay() });
    if (changed) this.#options.onEvent({ kind: "agent", job, state });
    if (changed || wasHeard !== isHeard(state)) this.#affect(agentKey(job));
  }

  /** Has the services looked at that a job speaks for. */
  #affect(key: string): void {
    for (const name of this.#affected.get(key) ?? []) this.#dirty.add(name);
    this.#schedule(GATHER_MS);
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
  #differences(): Followed {
    // What is about to change with time is looked at before long, and is no difference that anybody made.
    const soon = new Set(this.#reaction.due(this.#timeOfDay() + LEAVING_LOOK_MS));
    const names = declaredNames(this.#desired).filter((name) => !soon.has(name));
    return followHealth(this.#kernel, { desired: this.#desired, situation: this.#situation, names, dryRun: true });
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
    const { changes, services } = this.#differences();
    const reaction = dryRun ? "dry-run" : repair ? "repaired" : "left";
    for (const change of this.#drift.take(changes).appeared) {
      onEvent({ kind: "drift", change, why: this.#explain(change, services), reaction });
    }
    if (reaction !== "repaired" || changes.length === 0) return;
    for (const change of changes) this.#dirty.add(nameOf(change));
    this.#schedule(0);
  }

  #explain(change: Change, services: Followed["services"]): string {
    return explainChange(change, { service: services.get(nameOf(change)), records: this.#reaction.records });
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
    // Of those that leave already: one that gets weight 0 only now has its first look at least until the next.
    this.#lookAtLeavers();
    const situation = { ...this.#situation, ends: this.#leaving?.ends };
    const { changes, errors, left, services } = followHealth(this.#kernel, {
      desired: this.#desired,
      situation,
      names: [...this.#dirty],
    });
    for (const change of changes) {
      this.#options.onEvent({ kind: "change", change, why: this.#explain(change, services) });
    }
    for (const event of this.#reaction.take(services.values(), situation)) {
      this.#options.onEvent({ kind: "service", event });
    }
    this.#dirty = new Set(left);
    this.#waken();
    this.#retryAfter([...errors, ...this.#keepVips()]);
  }

  #lookAtLeavers(): void {
    this.#leaving?.look(() => {
      try {
        return idleLeavers(this.#kernel, this.#desired.services, this.#reaction.standings);
      } catch {
        // The round meets it too, and tells.
        return [];
      }
    });
  }

  /** Tells what failed, and has it tried again later. */
  #retryAfter(errors: readonly unknown[]): void {
    if (errors.length === 0) {
      this.#retryMs = RETRY_MS;
      return;
    }
    const retryMs = this.#retryMs;
    for (const error of errors) this.#options.onEvent({ kind: "failure", error, retryMs });
    this.#retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    this.#schedule(retryMs);
  }

  /** Brings the VIPs to where the quorums want them, and gives what failed. */
  #keepVips(): readonly unknown[] {
    const { onEvent } = this.#options;
    const keeper = this.#options.vips?.();
    if (keeper === undefined) return [];
    const { changes, errors } = keepVips(keeper, vipWishes(this.#desired, this.#reaction.standings), {
      onFailure: (error) => onEvent({ kind: "failure", error, retryMs: 0 }),
    });
    for (const change of changes) onEvent({ kind: "vip", change });
    return errors;
  }

  /** Sets the timer for what changes with time alone. */
  #waken(): void {
    this.#wake?.[Symbol.dispose]();
    this.#wake = undefined;
    const { nextAt } = this.#reaction;
    if (nextAt === undefined || this.#options.signal.aborted) return;
    // Not for longer: the time of day may be set meanwhile.
    const delayMs = Math.min(Math.max(nextAt - this.#timeOfDay(), GATHER_MS), LONGEST_SLEEP_MS);
    this.#wake = this.#clock.setTimer(() => {
      this.#wake = undefined;
      const due = this.#reaction.due(this.#timeOfDay());
      if (due.length === 0) return this.#waken();
      for (const name of due) this.#dirty.add(name);
      this.#schedule(0);
    }, delayMs);
  }
}

/** Whether an agent has answered, or has been found not to. */
function isHeard({ answeredAt, silent }: AgentState): boolean {
  return answeredAt !== undefined || silent !== undefined;
}
