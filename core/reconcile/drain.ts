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
import { requestable } from "./plan_changes.ts";

/** What draining needs of the kernel; `IpvsClient` has it, and so has a test's double. */
export interface DrainKernel {
  /** The servers of a service with their connections; empty also where the service does not exist. */
  countedServers(id: ServiceId): CountedServer[];
  /** Makes changes in order and gives the errors of those that failed, by index. */
  execute(changes: readonly Change[]): ReadonlyMap<number, LvsctlError>;
}

/** What is to be drained. */
export interface DrainRequest {
  /** The virtual service. */
  readonly id: ServiceId;
  /** Its servers that are to go, as the kernel has them before. */
  readonly servers: readonly RealServer[];
  /** What becomes of a server whose connections are gone, or whose time is up. */
  readonly then: "delete" | "keep";
  /** Whether persistence templates are waited for too. */
  readonly persistent: boolean;
  /** How long is waited at the most; milliseconds. */
  readonly timeoutMs: number;
  /** How often the kernel is asked; milliseconds. */
  readonly intervalMs: number;
}

/** How draining gets its time, and is told to stop. */
export interface DrainOptions {
  /**
   * Tells which connections are closed, of servers that have only inactive ones; without, all are waited for. It is
   * left alone for ten times as long as it took.
   */
  readonly lookUp?: ConnectionLookup;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** Waits; throws when the signal is aborted. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Calls it off: the servers stay at weight 0, or get their weights back. */
  readonly signal: AbortSignal;
  /** Whether the weights are put back when it is called off. */
  readonly restore: boolean;
  /** Is told at each look how far it is, before it waits. */
  readonly onProgress?: (progress: DrainProgress) => void;
}

/** A server that is waited for. */
export interface DrainingServer extends CountedServer {
  /** Those of its inactive connections that both ends have closed, when they were last looked up. */
  readonly closedConnections: number;
}

/** How far draining is. */
export interface DrainProgress {
  /** The servers that still have connections. */
  readonly waiting: readonly DrainingServer[];
  /** Since the beginning; milliseconds. */
  readonly elapsedMs: number;
  /** Until time is up; milliseconds. */
  readonly remainingMs: number;
}

/**
 * What became of a server: `deleted`; `kept` at weight 0; `gone`, for somebody else deleted it or its service;
 * `reweighted`, for somebody else gave it a weight again, and it is left alone; or, when draining was called off,
 * `quiesced` for left at weight 0 and `restored` for given its weight back.
 */
export type DrainFate = "deleted" | "kept" | "gone" | "reweighted" | "quiesced" | "restored";

/** What became of one server. */
export interface DrainedServer extends ServerId {
  /** What became of it. */
  readonly fate: DrainFate;
  /** The connections that it still had and that were waited for. */
  readonly connections: number;
  /** Its weight before. */
  readonly formerWeight: number;
  /** From the beginning until its fate was known; milliseconds. */
  readonly elapsedMs: number;
}

/** What became of all. */
export interface DrainResult {
  /** The servers, as they were named. */
  readonly servers: readonly DrainedServer[];
  /** Whether it was called off. */
  readonly isInterrupted: boolean;
}

/** The changes that draining begins with: the servers that have a weight get weight 0. */
export function quiesceChanges(id: ServiceId, servers: readonly RealServer[]): Change[] {
  return servers.filter(({ weight }) => weight !== 0).map((server) => weightChange(id, server, 0));
}

/**
 * Drains servers: weight 0, so that they get nothing new; waits until their connections are gone, or the time is up;
 * then deletes or keeps each, as soon as it is its turn. Connections that both ends have closed are not waited for.
 *
 * @param kernel The kernel.
 * @param request What to drain.
 * @param options Time, and the signal that calls it off.
 * @returns What became of the servers.
 * @throws {LvsctlError} If the kernel refuses. If that was at the beginning, all weights are as they were.
 */
export async function drain(kernel: DrainKernel, request: DrainRequest, options: DrainOptions): Promise<DrainResult> {
  const draining = new Draining(kernel, request, options);
  draining.quiesce();
  while (draining.look()) {
    try {
      await draining.wait();
    } catch (error) {
      if (!options.signal.aborted) throw error;
      draining.callOff();
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

  constructor(kernel: DrainKernel, request: DrainRequest, options: DrainOptions) {
    this.#kernel = kernel;
    this.#request = request;
    this.#options = options;
    this.#began = options.now();
    this.#closed = new ClosedConnections(options.lookUp ?? (() => []), options.now);
  }

  /** Takes the weights; if the kernel refuses for one server, the others have theirs back. */
  quiesce(): void {
    const { id, servers } = this.#request;
    const changes = quiesceChanges(id, servers);
    const errors = this.#kernel.execute(changes);
    // A server that has just been deleted is found to be gone at the first look.
    const failure = [...errors.values()].find((error) => !isGone(error));
    if (failure === undefined) return;
    const weighted = servers.filter(({ weight }) => weight !== 0);
    this.#kernel.execute(weighted.map((server) => weightChange(id, server, server.weight)));
    throw failure;
  }

  /** Looks at every server that is waited for and does what its turn is; false when none is left to wait for. */
  look(): boolean {
    const { id, servers, timeoutMs } = this.#request;
    if (this.#isInterrupted) return false;
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
      // That others are closed than were counted before is not known.
      else if (isOver || (count === 0 && (closedConnections === 0 || lookedUp.has(key)))) {
        this.#settle(server, this.#finish(found), count);
      } else waiting.push({ ...found, closedConnections });
    }
    if (waiting.length > 0) {
      this.#options.onProgress?.({ waiting, elapsedMs, remainingMs: timeoutMs - elapsedMs });
    }
    return waiting.length > 0;
  }

  /** Waits until it is time to look again. */
  async wait(): Promise<void> {
    const { intervalMs, timeoutMs } = this.#request;
    await this.#options.sleep(Math.min(intervalMs, timeoutMs - this.#elapsed()), this.#options.signal);
  }

  /** Ends it before its time. */
  callOff(): void {
    const { id, servers } = this.#request;
    this.#isInterrupted = true;
    const current = new Map(this.#kernel.countedServers(id).map((server) => [formatServerId(server), server]));
    for (const server of servers) {
      const key = formatServerId(server);
      const found = current.get(key);
      // What was drained and kept is called off with the others; what was deleted stays so.
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

  /** What became of the servers. */
  result(): DrainResult {
    const servers = this.#request.servers.flatMap((server) => this.#fates.get(formatServerId(server)) ?? []);
    return { servers, isInterrupted: this.#isInterrupted };
  }

  /** The servers that are waited for only because of inactive connections; when time is up, all that have some. */
  #undecided(current: ReadonlyMap<string, CountedServer>, { isOver }: { readonly isOver: boolean }): CountedServer[] {
    return this.#request.servers.flatMap((server) => {
      const key = formatServerId(server);
      const found = current.get(key);
      if (found === undefined || this.#fates.has(key) || found.weight !== 0) return [];
      return found.inactiveConnections > 0 && (found.activeConnections === 0 || isOver) ? [found] : [];
    });
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

/** Only the weight is changed: whatever else was edited meanwhile stays. */
function weightChange(id: ServiceId, server: RealServer, weight: number): Change {
  const { address, port, forward, upperThreshold, lowerThreshold, tunnel } = requestable(server);
  const edited = { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel };
  return { operation: "editServer", id, server: edited };
}

/** Whether the kernel says that the server, or its whole service, does not exist. */
function isGone({ errno }: LvsctlError): boolean {
  return errno === "ENOENT" || errno === "ESRCH";
}
