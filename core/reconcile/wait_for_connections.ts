import { type CountedServer, formatServerId, formatServiceId, type ServiceId } from "../model/mod.ts";
import type { AwaitedServer } from "./execute.ts";

/** Time for {@linkcode waitForConnections}. */
export interface WaitForConnectionsOptions {
  /** How long to wait at most; milliseconds. */
  readonly timeoutMs: number;
  /** The monotonic time; milliseconds. */
  readonly now: () => number;
  /** Waits; throws if it is interrupted. */
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Called before each sleep with the number of servers that still have connections, and the time that is left. */
  readonly onWait?: ((progress: { readonly servers: number; readonly remainingMs: number }) => void) | undefined;
}

/** How often to read the kernel; milliseconds. */
const INTERVAL_MS = 100;

/**
 * How long a connection takes to be set up or to close; milliseconds. The kernel counts it as inactive meanwhile, and
 * drops its packets once the server is deleted.
 */
const SETTLING_MS = 1000;

/**
 * Waits until servers with weight 0 have no active connections, or time is up.
 *
 * Inactive connections hold a server up for a second only: they are being set up or closed, or are idle UDP flows, or
 * have closed and the kernel remembers them for minutes.
 *
 * @param kernel The kernel.
 * @param awaited The servers.
 * @param options Time.
 */
export async function waitForConnections(
  kernel: { readonly countedServers: (id: ServiceId) => CountedServer[] },
  awaited: readonly AwaitedServer[],
  options: WaitForConnectionsOptions,
): Promise<void> {
  const began = options.now();
  let remaining = awaited;
  for (;;) {
    const elapsedMs = options.now() - began;
    if (elapsedMs >= options.timeoutMs) return;
    remaining = stillConnected(kernel, remaining, elapsedMs);
    if (remaining.length === 0) return;
    options.onWait?.({ servers: remaining.length, remainingMs: options.timeoutMs - elapsedMs });
    await options.sleep(Math.min(INTERVAL_MS, options.timeoutMs - elapsedMs));
  }
}

function stillConnected(
  kernel: { readonly countedServers: (id: ServiceId) => CountedServer[] },
  awaited: readonly AwaitedServer[],
  elapsedMs: number,
): AwaitedServer[] {
  const services = Map.groupBy(awaited, ({ id }) => formatServiceId(id));
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
