import type { ProbeJob } from "../health/mod.ts";
import {
  type ChangeOperation,
  type Check,
  formatServiceId,
  type Health,
  type ProbeResult,
  type ServiceEvent,
} from "../model/mod.ts";
import type { DaemonEvent } from "./daemon_options.ts";
import { DurationHistogram, type DurationTally } from "./histogram.ts";

/** The counts of one check of one server. */
export interface JobTally {
  /** Its results. */
  readonly checks: number;
  /** The failures among them; without the checks that this machine cannot make. */
  readonly failures: number;
  /** How often the server became healthy. */
  readonly rises: number;
  /** How often the server became unhealthy. */
  readonly falls: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** How often the quorum of a service changed. */
export interface QuorumTally {
  /** How often the service got its quorum. */
  readonly met: number;
  /** How often it lost it. */
  readonly lost: number;
}

/** The last comparison of the table with the file. */
export interface Verification {
  /** Its time; milliseconds since 1970. */
  readonly at: number;
  /** The number of changes that would make the table as the file. */
  readonly differences: number;
}

/** What a daemon counts from its start. Its size is bounded by the file: one entry for each check and each name. */
export class Tallies {
  readonly #jobs = new Map<string, Mutable<JobTally>>();
  readonly #durations = new Map<Check["type"], DurationHistogram>();
  readonly #quorums = new Map<string, QuorumTally>();
  readonly #lateness = new DurationHistogram();
  readonly #loopLag = new DurationHistogram();
  readonly #passes = new DurationHistogram();
  readonly #changes = new Map<ChangeOperation, number>();
  #verification: Verification | undefined;
  #drifts = 0;
  #failures = 0;

  /** The counts of a check by its job's key; undefined before its first result. */
  of(key: string): JobTally | undefined {
    return this.#jobs.get(key);
  }

  /** The durations of checks, by type. */
  get durations(): ReadonlyMap<Check["type"], DurationTally> {
    return this.#durations;
  }

  /** The changes of the table that the daemon made. */
  get changes(): ReadonlyMap<ChangeOperation, number> {
    return this.#changes;
  }

  /** The changes by other programs that it found. */
  get drifts(): number {
    return this.#drifts;
  }

  /** The changes of a service's quorum, by the service's name. */
  quorumOf(service: string): QuorumTally {
    return this.#quorums.get(service) ?? { met: 0, lost: 0 };
  }

  /** How much later than planned checks started. */
  get lateness(): DurationTally {
    return this.#lateness;
  }

  /** How late timers of the process were. */
  get loopLag(): DurationTally {
    return this.#loopLag;
  }

  /** How long the passes took that changed the table. */
  get passes(): DurationTally {
    return this.#passes;
  }

  /** The last comparison of the table with the file; undefined before the first. */
  get verification(): Verification | undefined {
    return this.#verification;
  }

  /** The failures to change or read the table. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Counts a result.
   *
   * @param options.became The new health of the server; undefined if it has not changed.
   */
  countResult(job: ProbeJob, result: ProbeResult, options: { readonly became: Health | undefined }): void {
    let tally = this.#jobs.get(job.key);
    if (tally === undefined) this.#jobs.set(job.key, tally = { checks: 0, failures: 0, rises: 0, falls: 0 });
    tally.checks++;
    if (!result.ok && result.inconclusive !== true) tally.failures++;
    if (options.became === "healthy") tally.rises++;
    if (options.became === "unhealthy") tally.falls++;
    let durations = this.#durations.get(job.check.type);
    if (durations === undefined) this.#durations.set(job.check.type, durations = new DurationHistogram());
    durations.count(result.latencyMs);
  }

  /** Counts an event of the daemon; most kinds count elsewhere. */
  countEvent(event: DaemonEvent): void {
    if (event.kind === "drift") this.#drifts++;
    else if (event.kind === "failure") this.#failures++;
    else if (event.kind === "service") this.#countQuorum(event.event);
    else if (event.kind === "change") {
      const { operation } = event.change;
      this.#changes.set(operation, (this.#changes.get(operation) ?? 0) + 1);
    }
  }

  /**
   * Deletes the counts of all other checks and services.
   *
   * @param keys The keys of the checks.
   * @param services The names of the services.
   */
  retain(keys: ReadonlySet<string>, services: ReadonlySet<string>): void {
    for (const key of this.#jobs.keys()) if (!keys.has(key)) this.#jobs.delete(key);
    for (const name of this.#quorums.keys()) if (!services.has(name)) this.#quorums.delete(name);
  }

  /** Counts the start of a check; milliseconds later than planned. */
  countStart(lateMs: number): void {
    this.#lateness.count(lateMs);
  }

  /** Counts a delay of the process's timers; milliseconds. */
  countLag(lagMs: number): void {
    this.#loopLag.count(lagMs);
  }

  /** Counts the duration of a pass that changed the table; milliseconds. */
  countPass(milliseconds: number): void {
    this.#passes.count(milliseconds);
  }

  /** Keeps a comparison of the table with the file. */
  countVerification(verification: Verification): void {
    this.#verification = verification;
  }

  #countQuorum({ kind, service }: ServiceEvent): void {
    if (kind !== "quorum_up" && kind !== "quorum_down") return;
    const name = formatServiceId(service);
    const { met, lost } = this.quorumOf(name);
    this.#quorums.set(name, kind === "quorum_up" ? { met: met + 1, lost } : { met, lost: lost + 1 });
  }
}
