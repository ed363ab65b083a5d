import { interruptionError } from "../../core/errors/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { type AwaitedServer, waitForConnections } from "../../core/reconcile/mod.ts";
import { sleep } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";
import { count, secondsLeft } from "../format/count.ts";
import { Progress } from "../terminal/progress.ts";

/** The servers to wait for, and how long. */
export interface DrainRequest {
  /** The kernel. */
  readonly client: IpvsClient;
  /** How long the connections may take to end; milliseconds. */
  readonly drainMs: number;
  /** The servers, with weight 0. */
  readonly servers: readonly AwaitedServer[];
  /** Aborted by a signal of the system. */
  readonly signal: AbortSignal;
}

/**
 * Waits until servers have no connections, or their time is up.
 *
 * @throws {LvsctlError} If the signal aborts it.
 */
export async function waitForDrain(
  { io, clock }: Context,
  { client, drainMs, servers, signal }: DrainRequest,
): Promise<void> {
  using progress = new Progress(io, { now: () => clock.now() });
  try {
    await waitForConnections(client, servers, {
      onWait: ({ servers, remainingMs }) =>
        progress.show(() => `waiting for connections of ${count(servers, "server")}, ${secondsLeft(remainingMs)}`),
      timeoutMs: drainMs,
      now: () => clock.now(),
      sleep: (delayMs) => sleep(delayMs, { clock, signal }),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interruptionError(signal, { operation: "wait for connections to end" });
  }
}
