import { LvsctlError } from "../errors/mod.ts";
import type { Clock } from "../time/mod.ts";
import { type DesiredService, formatServerId, formatServiceId, type ServerId, type ServiceId } from "../model/mod.ts";
import { type ConnectionEnds, LOOK_UP_PAUSE, type LookedUpService } from "../reconcile/mod.ts";
import { LEAVING_LOOK_MS, type ServiceStanding } from "../effective/mod.ts";
import type { FollowedKernel } from "./kernel.ts";

/**
 * Looks the connections of servers up in the kernel's table while everything else goes on: by service, in their order,
 * and by the names of the servers. Rejects when the signal is aborted.
 */
export type LookUpInBackground = (
  services: readonly LookedUpService[],
  options: { readonly signal: AbortSignal },
) => Promise<readonly ReadonlyMap<string, ConnectionEnds>[]>;

/** What was found in the kernel's table of a server; `undefined` if nobody has looked. */
export type EndsOf = (id: ServiceId, server: ServerId) => ConnectionEnds | undefined;

/** How long what was found in the table holds; milliseconds. Whoever then acts sees the kernel's counts of now. */
const FRESH_MS = 50;

/**
 * The servers that leave, and stay only for connections that are inactive: those may be closed, which the kernel's
 * counts do not tell.
 *
 * @param kernel The kernel.
 * @param services Those of the file.
 * @param standings What is remembered of them, by their names.
 */
export function idleLeavers(
  kernel: FollowedKernel,
  services: readonly DesiredService[],
  standings: ReadonlyMap<string, ServiceStanding>,
): LookedUpService[] {
  return services.flatMap(({ service: { id }, drainMs = 0 }) => {
    const leaving = standings.get(formatServiceId(id))?.leaving;
    if (drainMs === 0 || leaving === undefined) return [];
    const servers = (kernel.countedServers?.(id) ?? []).filter((server) =>
      Object.hasOwn(leaving, formatServerId(server)) && server.weight === 0 && server.activeConnections === 0 &&
      server.inactiveConnections > 0
    );
    return servers.length === 0 ? [] : [{ id, servers }];
  });
}

/** What was found of some services, to be asked server by server. */
export function endsOf(
  services: readonly LookedUpService[],
  found: readonly ReadonlyMap<string, ConnectionEnds>[],
): EndsOf {
  const byService = new Map(services.map(({ id }, index) => [formatServiceId(id), found[index]]));
  return (id, server) => byService.get(formatServiceId(id))?.get(formatServerId(server));
}

/** What {@linkcode LeavingConnections} works with. */
export interface LeavingConnectionsOptions {
  /** Reads the table. */
  readonly lookUp: LookUpInBackground;
  /** Is told of which services something is known now. */
  readonly onFound: (names: readonly string[]) => void;
  /** Is told what kept the table from being read. */
  readonly onFailure: (error: unknown) => void;
  /** Where time comes from. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Which connections of servers that leave are closed. The table is read only for those that stay because of nothing
 * else, in one reading for all services, and that at most once in {@linkcode LEAVING_LOOK_MS}.
 */
export class LeavingConnections {
  readonly #options: LeavingConnectionsOptions;
  #isReading = false;
  #nextAt = -Infinity;
  #found: { readonly ends: EndsOf; readonly at: number } | undefined;

  /** Knows nothing yet. */
  constructor(options: LeavingConnectionsOptions) {
    this.#options = options;
  }

  /** What is known at this moment; undefined if nothing is. */
  get ends(): EndsOf | undefined {
    const { clock } = this.#options;
    return this.#found !== undefined && clock.now() - this.#found.at <= FRESH_MS ? this.#found.ends : undefined;
  }

  /**
   * Begins to find out, unless that is being done or has just been done.
   *
   * @param leavers The servers in question; not called if it does not begin. That the kernel does not tell them is for
   * whoever asks it next to say.
   */
  look(leavers: () => readonly LookedUpService[]): void {
    const { clock, signal, onFailure } = this.#options;
    const began = clock.now();
    if (this.#isReading || began < this.#nextAt || signal.aborted) return;
    const services = this.#attempt(leavers);
    if (services.length === 0) return;
    this.#isReading = true;
    void this.#read(services, began)
      .catch((error) => {
        if (!signal.aborted) onFailure(error);
      })
      .finally(() => {
        this.#isReading = false;
      });
  }

  #attempt(leavers: () => readonly LookedUpService[]): readonly LookedUpService[] {
    try {
      return leavers();
    } catch (error) {
      if (!(error instanceof LvsctlError)) this.#options.onFailure(error);
      return [];
    }
  }

  async #read(services: readonly LookedUpService[], began: number): Promise<void> {
    const { clock, signal, lookUp, onFound } = this.#options;
    this.#nextAt = began + LEAVING_LOOK_MS;
    const found = await lookUp(services, { signal });
    const at = clock.now();
    this.#nextAt = Math.max(this.#nextAt, at + LOOK_UP_PAUSE * (at - began));
    if (signal.aborted) return;
    this.#found = { ends: endsOf(services, found), at };
    onFound(services.map(({ id }) => formatServiceId(id)));
  }
}
