import { careOf, type Check, type DesiredService, formatServiceId, type RealServer } from "../model/mod.ts";
import { type AgentJob, toAgentJob } from "./agents/job.ts";
import { type ProbeJob, toProbeJob, toTrackedJob } from "./probe_job.ts";

/** The jobs of one real server of one service. */
export interface ServerJobs {
  /** The server as configured. */
  readonly server: RealServer;
  /** The job that checks it; undefined if it has no check. */
  readonly probe: ProbeJob | undefined;
  /** The job that asks its agent; undefined if it has no agent. */
  readonly agent: AgentJob | undefined;
}

/** One server of one service that a job is for. */
export interface JobUse {
  /** The service as configured. */
  readonly service: DesiredService;
  /** The server as configured. */
  readonly server: RealServer;
}

/** A job, and the names of the services that share it. */
interface SharedJob<Job> {
  readonly job: Job;
  readonly serviceNames: string[];
}

/**
 * The jobs of the services of a file. Computing a key costs more than a lookup, so each is computed once, here, and
 * servers that share a job share the object.
 */
export class JobTable {
  /** The services, in the order of the file. */
  readonly services: readonly DesiredService[];
  readonly #servers = new Map<DesiredService, readonly ServerJobs[]>();
  readonly #probes = new Map<string, SharedJob<ProbeJob>>();
  readonly #agents = new Map<string, SharedJob<AgentJob>>();

  /**
   * Computes the jobs of the services.
   *
   * @param services The services.
   * @param tracked Checks of other addresses, which concern no service.
   */
  constructor(services: readonly DesiredService[], tracked: readonly Check[] = []) {
    this.services = services;
    for (const service of services) {
      const name = formatServiceId(service.service.id);
      this.#servers.set(
        service,
        service.servers.map((server) => {
          const { check, agent } = careOf(service, server);
          return {
            server,
            probe: check === undefined ? undefined : share(this.#probes, toProbeJob(server, check), name),
            agent: agent === undefined ? undefined : share(this.#agents, toAgentJob(server, agent), name),
          };
        }),
      );
    }
    for (const check of tracked) {
      const job = toTrackedJob(check);
      if (!this.#probes.has(job.key)) this.#probes.set(job.key, { job, serviceNames: [] });
    }
  }

  /** The distinct probe jobs, in the order of their first server. */
  get probes(): readonly ProbeJob[] {
    return [...this.#probes.values()].map(({ job }) => job);
  }

  /** The distinct agent jobs, in the order of their first server. */
  get agents(): readonly AgentJob[] {
    return [...this.#agents.values()].map(({ job }) => job);
  }

  /**
   * The jobs of a service's servers, in the order of the file.
   *
   * @throws {RangeError} If the service is not one of {@linkcode JobTable.services}.
   */
  of(service: DesiredService): readonly ServerJobs[] {
    const jobs = this.#servers.get(service);
    // No jobs would mean no checks, and every server would count as healthy.
    if (jobs === undefined) throw new RangeError(`Not in this table of jobs: ${formatServiceId(service.service.id)}`);
    return jobs;
  }

  /** The names of the services that share a probe job; none for a job of an earlier file. */
  servicesOfProbe({ key }: ProbeJob): readonly string[] {
    return this.#probes.get(key)?.serviceNames ?? [];
  }

  /** The names of the services that share an agent job; none for a job of an earlier file. */
  servicesOfAgent({ key }: AgentJob): readonly string[] {
    return this.#agents.get(key)?.serviceNames ?? [];
  }

  /** The servers that a probe job is for, in the order of the file. */
  usesOfProbe({ key }: ProbeJob): readonly JobUse[] {
    const names = new Set(this.#probes.get(key)?.serviceNames);
    return this.services
      .filter(({ service }) => names.has(formatServiceId(service.id)))
      .flatMap((service) =>
        this.of(service).flatMap(({ server, probe }) => probe?.key === key ? [{ service, server }] : [])
      );
  }
}

/** The job under its key, which is an earlier one if that is equal; notes the service. */
function share<Job extends { readonly key: string }>(
  jobs: Map<string, SharedJob<Job>>,
  job: Job,
  serviceName: string,
): Job {
  const shared = jobs.get(job.key);
  if (shared === undefined) {
    jobs.set(job.key, { job, serviceNames: [serviceName] });
    return job;
  }
  if (shared.serviceNames.at(-1) !== serviceName) shared.serviceNames.push(serviceName);
  return shared.job;
}
