import { type CountedServer, formatServerId, formatServiceId, type ServiceId } from "../model/mod.ts";
import type { AwaitedServer } from "./execute.ts";

/** How long is waited, and how. */
export interface WaitForConnectionsOptions {
  /** How long the connections may take; milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** Waits; throws when it is called off. */
  readonly sleep: (delayMs: number) => Promise<void>;
}

/** How often the kernel is asked; milliseconds. */
const INTERVAL_MS = 100;

/**
 * How long a connection takes to be set up, or to close; milliseconds. The kernel counts neither as active, and after
 * a server was deleted it lets no further packet of them through.
 */
const SETTLING_MS = 1000;

/**
 * Waits until no server of some that get nothing new has an active connection left, or until time is up.
 *
 * A server that has no connection at all is not waited for. One that has only inactive ones is given a second: they are
 * being set up or closed, or are idle flows of UDP, or have closed and are remembered for minutes, which is of no use
 * to anybody.
 *
 * @param kernel The kernel.
 * @param leaving The servers.
 * @param options Time.
 */
export async function waitForConnections(
  kernel: { readonly countedServers: (id: ServiceId) => CountedServer[] },
  leaving: readonly AwaitedServer[],
  options: WaitForConnectionsOptions,
): Promise<void> {
  const began = options.now();
  let left = leaving;
  for (;;) {
    const elapsedMs = options.now() - began;
    if (elapsedMs >= options.timeoutMs) return;
    left = stillConnected(kernel, left, elapsedMs);
    if (left.length === 0) return;
    await options.sleep(Math.min(INTERVAL_MS, options.timeoutMs - elapsedMs));
  }
}

function stillConnected(
  kernel: { readonly countedServers: (id: ServiceId) => CountedServer[] },
  leaving: readonly AwaitedServer[],
  elapsedMs: number,
): AwaitedServer[] {
  const services = Map.groupBy(leaving, ({ id }) => formatServiceId(id));
  return [...services.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const counted = new Map(kernel.countedServers(first.id).map((server) => [formatServerId(server), server]));
    return group.filter(({ server }) => {
      const found = counted.get(formatServerId(server));
      if (found === undefined) return false;
      return found.activeConnections > 0 || (found.inactiveConnections > 0 && elapsedMs < SETTLING_MS);
    });
  });
}
