import {
  AgentRecords,
  HealthRecords,
  JobTable,
  type StoredAgentRecords,
  type StoredHealthRecords,
} from "../health/mod.ts";
import { concerns, type DesiredService, formatServiceId, type Override, type ServiceEvent } from "../model/mod.ts";
import {
  type EffectiveService,
  readRememberedServices,
  type RememberedService,
  serviceEvents,
  stillLasts,
  type StoredService,
  storeRememberedServices,
} from "../effective/mod.ts";
import type { Knowledge } from "./knowledge.ts";

/** The state of an earlier process. */
export interface TrackerStart {
  /** The health of the servers. */
  readonly records?: HealthRecords | undefined;
  /** The reports of their agents. */
  readonly agents?: AgentRecords | undefined;
  /** The records of the services' last pass, by their names. */
  readonly remembered?: ReadonlyMap<string, RememberedService> | undefined;
}

/** A {@linkcode ServiceTracker} as it is stored. */
export interface StoredTracker {
  /** Version of the format. */
  readonly version: 2;
  /** The health of the servers. */
  readonly health: StoredHealthRecords;
  /** The reports of their agents. */
  readonly agents: StoredAgentRecords;
  /** The records of the services' last pass, by their names. */
  readonly standings: Readonly<Record<string, StoredService>>;
}

/** The state of the services of a file in one process, from one pass to the next. */
export class ServiceTracker {
  /** The health of the servers. */
  readonly records: HealthRecords;
  /** The reports of their agents. */
  readonly agents: AgentRecords;
  readonly #remembered: Map<string, RememberedService>;
  #jobs = new JobTable([]);
  #overrides: readonly Override[] = [];
  /** When services change by time alone, by their names; milliseconds since 1970. */
  readonly #wakes = new Map<string, number>();

  /** Begins with the state of an earlier process. */
  constructor({ records, agents, remembered }: TrackerStart = {}) {
    this.records = records ?? new HealthRecords();
    this.agents = agents ?? new AgentRecords();
    this.#remembered = new Map(remembered);
  }

  /** Reads the result of {@linkcode ServiceTracker.toJSON} after a trip through a file; ignores unreadable parts. */
  static fromJson(value: unknown): ServiceTracker {
    if (typeof value !== "object" || value === null || !("version" in value)) return new ServiceTracker();
    // Version 1 had health records alone.
    if (value.version === 1) return new ServiceTracker({ records: HealthRecords.fromJson(value) });
    if (value.version !== 2) return new ServiceTracker();
    return new ServiceTracker({
      records: HealthRecords.fromJson("health" in value ? value.health : undefined),
      agents: AgentRecords.fromJson("agents" in value ? value.agents : undefined),
      remembered: readRememberedServices("standings" in value ? value.standings : undefined),
    });
  }

  /** The state as a plain JSON value, without overrides; `JSON.stringify` calls this. */
  toJSON(): StoredTracker {
    return {
      version: 2,
      health: this.records.toJSON(),
      agents: this.agents.toJSON(),
      standings: storeRememberedServices(this.#remembered),
    };
  }

  /** The records of the services' last pass, by their names. */
  get remembered(): ReadonlyMap<string, RememberedService> {
    return this.#remembered;
  }

  /** When the next service changes by time alone; milliseconds since 1970. */
  get nextAt(): number | undefined {
    let first: number | undefined;
    for (const at of this.#wakes.values()) if (first === undefined || at < first) first = at;
    return first;
  }

  /** All that is known at this moment. */
  knowledge(now: number): Knowledge {
    return {
      jobs: this.#jobs,
      records: this.records,
      agents: this.agents,
      overrides: this.#overrides,
      remembered: this.#remembered,
      now,
    };
  }

  /** Takes the services of a file and their jobs, and forgets all others. */
  load(jobs: JobTable): void {
    this.#jobs = jobs;
    this.records.retain(jobs.probes);
    this.agents.retain(jobs.agents);
    const names = new Set(jobs.services.map(({ service }) => formatServiceId(service.id)));
    for (const map of [this.#remembered, this.#wakes]) {
      for (const name of map.keys()) if (!names.has(name)) map.delete(name);
    }
  }

  /**
   * Replaces all overrides.
   *
   * @param overrides The overrides, active or expired.
   * @returns The names of the loaded services that the difference concerns.
   */
  override(overrides: readonly Override[]): string[] {
    const before = new Map(this.#overrides.map((override) => [JSON.stringify(override), override]));
    const after = new Map(overrides.map((override) => [JSON.stringify(override), override]));
    this.#overrides = overrides;
    const changed = [
      ...[...before].filter(([key]) => !after.has(key)),
      ...[...after].filter(([key]) => !before.has(key)),
    ].map(([, override]) => override);
    if (changed.length === 0) return [];
    return this.#jobs.services
      .filter(({ service: { id }, servers, fallback }) =>
        [...servers, ...(fallback === undefined ? [] : [fallback])].some((server) =>
          changed.some((override) => concerns(override, id, { server }))
        )
      )
      .map(({ service }) => formatServiceId(service.id));
  }

  /**
   * Remembers the decisions about services.
   *
   * @param decided The services with the decisions about them.
   * @param options.now The time of day; milliseconds since 1970.
   * @returns The events since the last pass.
   */
  remember(
    decided: Iterable<{ readonly desired: DesiredService; readonly effective: EffectiveService }>,
    { now }: { readonly now: number },
  ): ServiceEvent[] {
    const events: ServiceEvent[] = [];
    for (const { desired, effective } of decided) {
      const name = formatServiceId(desired.service.id);
      events.push(...serviceEvents(desired, { effective, before: this.#remembered.get(name), at: now }));
      this.#remembered.set(name, effective.remembered);
      if (effective.nextAt === undefined) this.#wakes.delete(name);
      else this.#wakes.set(name, effective.nextAt);
    }
    return events;
  }

  /** Whether the state that an event reported still lasts; `undefined` if that is unknown. */
  lasts(event: ServiceEvent): boolean | undefined {
    return stillLasts(event, this.#remembered.get(formatServiceId(event.service)));
  }

  /** The names of the services that change by time alone, by now. */
  due(now: number): string[] {
    return [...this.#wakes].filter(([, at]) => at <= now).map(([name]) => name);
  }
}
