import { LvsctlError } from "../../core/errors/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { type AwaitedServer, waitForConnections } from "../../core/reconcile/mod.ts";
import { sleep, SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";
import { listenForInterruption } from "../context/signals.ts";

/** The kernel, and how long to wait. */
export interface DrainRequest {
  /** The kernel. */
  readonly client: IpvsClient;
  /** How long the connections may take to end; milliseconds. */
  readonly drainMs: number;
}

/**
 * Waits until servers have no connections, or their time is up.
 *
 * @param servers The servers, with weight 0.
 * @throws {LvsctlError} If a signal interrupts it.
 */
export async function waitForDrain(
  context: Context,
  { client, drainMs }: DrainRequest,
  servers: readonly AwaitedServer[],
): Promise<void> {
  const clock = context.clock ?? SYSTEM_CLOCK;
  using interruption = (context.interruption ?? listenForInterruption)();
  const { signal } = interruption;
  try {
    await waitForConnections(client, servers, {
      timeoutMs: drainMs,
      now: () => clock.now(),
      sleep: (delayMs) => sleep(delayMs, { clock, signal }),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new LvsctlError("a signal interrupted it", { operation: "wait for connections to end" });
  }
}
