import {
  agentJobs,
  AgentRecords,
  HealthRecords,
  probeJobs,
  type StoredAgentRecords,
  type StoredHealthRecords,
  toProbeJob,
} from "../health/mod.ts";
import {
  checkOf,
  concerns,
  type DesiredService,
  formatServiceId,
  type Override,
  type RealServer,
  type ServiceEvent,
} from "../model/mod.ts";
import {
  type EffectiveService,
  lastFinding,
  readRememberedServices,
  type RememberedService,
  serviceEvents,
  stillLasts,
} from "../effective/mod.ts";
import type { Knowledge } from "./knowledge.ts";

/** What is gone on with from an earlier process. */
export interface TrackerStart {
  /** What is believed of the servers. */
  readonly records?: HealthRecords;
  /** What their agents have said. */
  readonly agents?: AgentRecords;
  /** What is remembered of the services, by their names. */
  readonly standings?: ReadonlyMap<string, RememberedService>;
}

/** A {@linkcode ServiceTracker} as it is stored. */
export interface StoredTracker {
  /** Version of the format. */
  readonly version: 2;
  /** What is believed of the servers. */
  readonly health: StoredHealthRecords;
  /** What their agents have said. */
  readonly agents: StoredAgentRecords;
  /** What is remembered of the services, by their names. */
  readonly standings: Readonly<Record<string, RememberedService>>;
}

/** What a process knows and remembers of services, from one look at them to the next. */
export class ServiceTracker {
  /** What is believed of the servers. */
  readonly records: HealthRecords;
  /** What their agents have said. */
  readonly agents: AgentRecords;
  readonly #standings: Map<string, RememberedService>;
  #overrides: readonly Override[] = [];
  /** When services are to be looked at again though nothing happens, by their names; milliseconds since 1970. */
  readonly #wakes = new Map<string, number>();

  /** Begins with what an earlier process left. */
  constructor({ records, agents, standings }: TrackerStart = {}) {
    this.records = records ?? new HealthRecords();
    this.agents = agents ?? new AgentRecords();
    this.#standings = new Map(standings);
  }

  /** Reads what {@linkcode ServiceTracker.toJSON} gave, after a trip through a file; what cannot be read is forgotten. */
  static fromJson(value: unknown): ServiceTracker {
    if (typeof value !== "object" || value === null || !("version" in value)) return new ServiceTracker();
    // Of earlier programs there are health records alone.
    if (value.version === 1) return new ServiceTracker({ records: HealthRecords.fromJson(value) });
    if (value.version !== 2) return new ServiceTracker();
    return new ServiceTracker({
      records: HealthRecords.fromJson("health" in value ? value.health : undefined),
      agents: AgentRecords.fromJson("agents" in value ? value.agents : undefined),
      standings: readRememberedServices("standings" in value ? value.standings : undefined),
    });
  }

  /** What is known and remembered as a plain JSON value, without what operators say; `JSON.stringify` calls this. */
  toJSON(): StoredTracker {
    return {
      version: 2,
      health: this.records.toJSON(),
      agents: this.agents.toJSON(),
      standings: Object.fromEntries(this.#standings),
    };
  }

  /** What is remembered of the services, by their names. */
  get standings(): ReadonlyMap<string, RememberedService> {
    return this.#standings;
  }

  /** When the next service is to be looked at though nothing happens; milliseconds since 1970. */
  get nextAt(): number | undefined {
    let first: number | undefined;
    for (const at of this.#wakes.values()) if (first === undefined || at < first) first = at;
    return first;
  }

  /** Everything that is known at this moment. */
  knowledge(now: number): Knowledge {
    return {
      records: this.records,
      agents: this.agents,
      overrides: this.#overrides,
      standings: this.#standings,
      now,
    };
  }

  /** Forgets services that a file no longer names. */
  retain(services: readonly DesiredService[]): void {
    this.records.retain(probeJobs(services));
    this.agents.retain(agentJobs(services));
    const names = new Set(services.map(({ service }) => formatServiceId(service.id)));
    for (const map of [this.#standings, this.#wakes]) {
      for (const name of map.keys()) if (!names.has(name)) map.delete(name);
    }
  }

  /**
   * Takes what operators say, all of it.
   *
   * @param overrides What is in force, and what was.
   * @param services Those of the file.
   * @returns The names of the services that it changes something for.
   */
  override(overrides: readonly Override[], services: readonly DesiredService[]): string[] {
    const before = new Map(this.#overrides.map((override) => [JSON.stringify(override), override]));
    const after = new Map(overrides.map((override) => [JSON.stringify(override), override]));
    this.#overrides = overrides;
    const changed = [
      ...[...before].filter(([key]) => !after.has(key)),
      ...[...after].filter(([key]) => !before.has(key)),
    ].map(([, override]) => override);
    if (changed.length === 0) return [];
    return services
      .filter(({ service: { id }, servers, fallback }) =>
        [...servers, ...(fallback === undefined ? [] : [fallback])].some((server) =>
          changed.some((override) => concerns(override, id, { server }))
        )
      )
      .map(({ service }) => formatServiceId(service.id));
  }

  /**
   * Takes what became of services, remembers it, and tells what has happened.
   *
   * @param found Services with what becomes of them.
   * @param options.now The time of day; milliseconds since 1970.
   */
  take(
    found: Iterable<{ readonly desired: DesiredService; readonly effective: EffectiveService }>,
    { now }: { readonly now: number },
  ): ServiceEvent[] {
    const events: ServiceEvent[] = [];
    for (const { desired, effective } of found) {
      const name = formatServiceId(desired.service.id);
      const before = this.#standings.get(name);
      const reason = (server: RealServer): string => this.#reason(desired, server);
      events.push(...serviceEvents(desired, { effective, before, reason, at: now }));
      this.#standings.set(name, effective.standing);
      if (effective.nextAt === undefined) this.#wakes.delete(name);
      else this.#wakes.set(name, effective.nextAt);
    }
    return events;
  }

  /** Whether what was told of a service still holds; `undefined` if nobody knows. */
  lasts(event: ServiceEvent): boolean | undefined {
    return stillLasts(event, this.#standings.get(formatServiceId(event.service)));
  }

  /** The names of the services that are to be looked at by now. */
  due(now: number): string[] {
    return [...this.#wakes].filter(([, at]) => at <= now).map(([name]) => name);
  }

  #reason(service: DesiredService, server: RealServer): string {
    const check = checkOf(service, server);
    if (check === undefined) return "it has no check";
    const state = this.records.state(toProbeJob(server, check).key);
    return lastFinding(state) ?? state.health;
  }
}
