import type { LvsctlError } from "../errors/mod.ts";
import {
  type Change,
  type CountedServer,
  formatServerId,
  type RealServer,
  type ServerId,
  type ServiceId,
} from "../model/mod.ts";
import { ClosedConnections, type ConnectionLookup } from "./closed_connections.ts";

/** The kernel as draining needs it; `IpvsClient` is one, and so is a test's double. */
export interface DrainKernel {
  /** The servers of a service with their connections; empty also where the service does not exist. */
  countedServers(id: ServiceId): CountedServer[];
  /** Makes changes in order; returns the errors of those that failed, by index. */
  execute(changes: readonly Change[]): ReadonlyMap<number, LvsctlError>;
}

/** Servers to drain. */
export interface DrainRequest {
  /** The virtual service. */
  readonly id: ServiceId;
  /** The servers, as the kernel has them before. */
  readonly servers: readonly RealServer[];
  /** What to do with a server when its connections have ended. */
  readonly then: "delete" | "keep";
  /**
   * What to do with a server that still has connections when time is up: delete it with them, keep it at weight 0, or
   * end as an interruption does. With `then: "keep"`, nothing is deleted.
   */
  readonly onTimeout: "delete" | "keep" | "fail";
  /** Whether persistence templates count as connections. */
  readonly persistent: boolean;
  /** How long to wait at most; milliseconds. */
  readonly timeoutMs: number;
  /** How often to read the kernel; milliseconds. */
  readonly intervalMs: number;
}

/** Time, signal and reports of {@linkcode drain}. */
export interface DrainOptions {
  /**
   * Finds the closed connections of servers that have only inactive ones; without it, none counts as closed. It is
   * called at most a tenth of the time.
   */
  readonly lookUp?: ConnectionLookup;
  /** The monotonic time; milliseconds. */
  readonly now: () => number;
  /** Waits; throws if the signal is aborted. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Interrupts draining: the servers stay at weight 0, or get their weights back. */
  readonly signal: AbortSignal;
  /** Whether an interruption or a failure restores the weights. */
  readonly restore: boolean;
  /** Receives the progress before each wait. */
  readonly onProgress?: ((progress: DrainProgress) => void) | undefined;
}

/** A server that still has connections. */
export interface DrainingServer extends CountedServer {
  /** How many of its inactive connections both ends had closed at the last lookup. */
  readonly closedConnections: number;
}

/** The progress of draining. */
export interface DrainProgress {
  /** The servers that still have connections. */
  readonly waiting: readonly DrainingServer[];
  /** Time since the start; milliseconds. */
  readonly elapsedMs: number;
  /** Time left; milliseconds. */
  readonly remainingMs: number;
}

/**
 * The result for a server: `deleted`; `kept` at weight 0; `gone`: another program deleted it or its service;
 * `reweighted`: another program gave it a weight, and it is not touched; after an interruption or a failure
 * `quiesced`: it stays at weight 0, or `restored`: it has its weight again.
 */
export type DrainFate = "deleted" | "kept" | "gone" | "reweighted" | "quiesced" | "restored";

/** The result for one server. */
export interface DrainedServer extends ServerId {
  /** The result. */
  readonly fate: DrainFate;
  /** The connections that it still had. */
  readonly connections: number;
  /** Its weight before. */
  readonly formerWeight: number;
  /** Time from the start to this result; milliseconds. */
  readonly elapsedMs: number;
}

/** The results of all servers. */
export interface DrainResult {
  /** The servers, in the order of the request. */
  readonly servers: readonly DrainedServer[];
  /** Whether draining was interrupted. */
  readonly isInterrupted: boolean;
  /** Whether it failed because time was up, as `onTimeout: "fail"` wants. */
  readonly hasFailed: boolean;
}

/** The first changes of draining: servers that have a weight get weight 0. */
export function quiesceChanges(id: ServiceId, servers: readonly RealServer[]): Change[] {
  return servers.filter(({ weight }) => weight !== 0).map((server) => weightChange(id, server, 0));
}

/**
 * Drains servers: gives them weight 0, so that they get no new connections; waits until theirs have ended, or time is
 * up; then deletes or keeps each server, without waiting for the others. Closed connections do not count.
 * `onTimeout` decides about the servers that still have connections.
 *
 * @param kernel The kernel.
 * @param request The servers.
 * @param options Time and signal.
 * @returns The result for each server.
 * @throws {LvsctlError} If the kernel refuses a change. If it was the first, all weights are restored.
 */
export async function drain(kernel: DrainKernel, request: DrainRequest, options: DrainOptions): Promise<DrainResult> {
  const draining = new Draining(kernel, request, options);
  draining.quiesce();
  while (draining.look()) {
    try {
      await draining.wait();
    } catch (error) {
      if (!options.signal.aborted) throw error;
      draining.interrupt();
    }
  }
  return draining.result();
}

/** One run of {@linkcode drain}. */
class Draining {
  readonly #kernel: DrainKernel;
  readonly #request: DrainRequest;
  readonly #options: DrainOptions;
  readonly #began: number;
  readonly #fates = new Map<string, DrainedServer>();
  readonly #closed: ClosedConnections;
  #isInterrupted = false;
  #hasFailed = false;

  constructor(kernel: DrainKernel, request: DrainRequest, options: DrainOptions) {
    this.#kernel = kernel;
    this.#request = request;
    this.#options = options;
    this.#began = options.now();
    this.#closed = new ClosedConnections(options.lookUp ?? (() => []), options.now);
  }

  /** Sets the weights to 0; if the kernel refuses one, restores the others. */
  quiesce(): void {
    const { id, servers } = this.#request;
    const changes = quiesceChanges(id, servers);
    const errors = this.#kernel.execute(changes);
    // The first look() reports a server that was deleted just now as gone.
    const failure = [...errors.values()].find((error) => !isGone(error));
    if (failure === undefined) return;
    const weighted = servers.filter(({ weight }) => weight !== 0);
    this.#kernel.execute(weighted.map((server) => weightChange(id, server, server.weight)));
    throw failure;
  }

  /** Reads the servers and settles those whose connections have ended; false if none is left. */
  look(): boolean {
    const { id, servers, timeoutMs } = this.#request;
    if (this.#isInterrupted || this.#hasFailed) return false;
    const elapsedMs = this.#elapsed();
    const current = new Map(this.#kernel.countedServers(id).map((server) => [formatServerId(server), server]));
    const isOver = elapsedMs >= timeoutMs;
    const lookedUp = this.#closed.lookUp(id, this.#undecided(current, { isOver }), { isLast: isOver });
    const waiting: DrainingServer[] = [];
    for (const server of servers) {
      const key = formatServerId(server);
      if (this.#fates.has(key)) continue;
      const found = current.get(key);
      const count = found === undefined ? 0 : this.#connections(found);
      const closedConnections = found === undefined ? 0 : this.#closed.of(found);
      if (found === undefined) this.#settle(server, "gone", count);
      else if (found.weight !== 0) this.#settle(server, "reweighted", count);
      // Without a new lookup, the connections that are closed may be others than those counted now.
      else if (count === 0 && (isOver || closedConnections === 0 || lookedUp.has(key))) {
        this.#settle(server, this.#finish(found), count);
      } else if (isOver && !this.#isFailure()) {
        this.#settle(server, this.#request.onTimeout === "keep" ? "kept" : this.#finish(found), count);
      } else waiting.push({ ...found, closedConnections });
    }
    if (isOver && waiting.length > 0) {
      this.#hasFailed = true;
      this.#release();
      return false;
    }
    if (waiting.length > 0) {
      this.#options.onProgress?.({ waiting, elapsedMs, remainingMs: timeoutMs - elapsedMs });
    }
    return waiting.length > 0;
  }

  /** Waits until the next look. */
  async wait(): Promise<void> {
    const { intervalMs, timeoutMs } = this.#request;
    await this.#options.sleep(Math.min(intervalMs, timeoutMs - this.#elapsed()), this.#options.signal);
  }

  /** Ends draining early. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#release();
  }

  /** Leaves the servers that are not settled at weight 0, or restores the weights. */
  #release(): void {
    const { id, servers } = this.#request;
    const current = new Map(this.#kernel.countedServers(id).map((server) => [formatServerId(server), server]));
    for (const server of servers) {
      const key = formatServerId(server);
      const found = current.get(key);
      // A kept server is restored with the others; a deleted one stays deleted.
      const fate = this.#fates.get(key)?.fate;
      if (fate !== undefined && fate !== "kept") continue;
      if (found === undefined) this.#settle(server, "gone", 0);
      else if (found.weight !== 0) this.#settle(server, "reweighted", this.#connections(found));
      else if (!this.#options.restore || server.weight === 0) {
        this.#settle(server, "quiesced", this.#connections(found));
      } else {
        const error = this.#kernel.execute([weightChange(id, found, server.weight)]).get(0);
        if (error !== undefined && !isGone(error)) throw error;
        this.#settle(server, error === undefined ? "restored" : "gone", this.#connections(found));
      }
    }
  }

  /** The results. */
  result(): DrainResult {
    const servers = this.#request.servers.flatMap((server) => this.#fates.get(formatServerId(server)) ?? []);
    return { servers, isInterrupted: this.#isInterrupted, hasFailed: this.#hasFailed };
  }

  /** The servers that only inactive connections hold up; at the end, all that have inactive connections. */
  #undecided(current: ReadonlyMap<string, CountedServer>, { isOver }: { readonly isOver: boolean }): CountedServer[] {
    return this.#request.servers.flatMap((server) => {
      const key = formatServerId(server);
      const found = current.get(key);
      if (found === undefined || this.#fates.has(key) || found.weight !== 0) return [];
      return found.inactiveConnections > 0 && (found.activeConnections === 0 || isOver) ? [found] : [];
    });
  }

  /** Whether a server that still has connections when time is up is a failure. */
  #isFailure(): boolean {
    return this.#request.onTimeout === "fail";
  }

  #finish(server: CountedServer): DrainFate {
    const { id, then } = this.#request;
    if (then === "keep") return "kept";
    const error = this.#kernel.execute([{ operation: "deleteServer", id, server }]).get(0);
    if (error === undefined) return "deleted";
    if (isGone(error)) return "gone";
    throw error;
  }

  #settle(server: RealServer, fate: DrainFate, connections: number): void {
    const { address, port, weight: formerWeight } = server;
    const elapsedMs = this.#elapsed();
    this.#fates.set(formatServerId(server), { address, port, fate, connections, formerWeight, elapsedMs });
  }

  #connections(server: CountedServer): number {
    const { activeConnections, inactiveConnections, persistentConnections } = server;
    const open = activeConnections + inactiveConnections - this.#closed.of(server);
    return open + (this.#request.persistent ? persistentConnections : 0);
  }

  #elapsed(): number {
    return this.#options.now() - this.#began;
  }
}

/** Changes the weight alone: other edits since then stay. */
function weightChange(id: ServiceId, server: RealServer, weight: number): Change {
  const { address, port, forward, upperThreshold, lowerThreshold, tunnel } = server;
  const edited = { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel };
  return { operation: "editServer", id, server: edited };
}

/** Whether the kernel answered that the server or its service does not exist. */
function isGone({ errno }: LvsctlError): boolean {
  return errno === "ENOENT" || errno === "ESRCH";
}
