import { LvsctlError } from "../../core/errors/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { type AwaitedServer, waitForConnections } from "../../core/reconcile/mod.ts";
import { sleep } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";

/** The servers to wait for, and how long. */
export interface DrainRequest {
  /** The kernel. */
  readonly client: IpvsClient;
  /** How long the connections may take to end; milliseconds. */
  readonly drainMs: number;
  /** The servers, with weight 0. */
  readonly servers: readonly AwaitedServer[];
}

/**
 * Waits until servers have no connections, or their time is up.
 *
 * @throws {LvsctlError} If a signal interrupts it.
 */
export async function waitForDrain(
  context: Context,
  { client, drainMs, servers }: DrainRequest,
): Promise<void> {
  const { clock } = context;
  using interruption = context.listenForInterruption();
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
