import { LvsctlError } from "../../core/errors/mod.ts";
import { sleep, SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import { type AwaitedServer, waitForConnections } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { listenForInterruption } from "../context/signals.ts";

/** Where to look, and for how long. */
export interface DrainRequest {
  /** The kernel. */
  readonly client: IpvsClient;
  /** How long the connections may take to end; milliseconds. */
  readonly drainMs: number;
}

/**
 * Waits until servers that go have no connections any more, or their time is over.
 *
 * @param leaving The servers.
 * @throws {LvsctlError} If a signal called it off.
 */
export async function waitForDrain(
  context: Context,
  { client, drainMs }: DrainRequest,
  leaving: readonly AwaitedServer[],
): Promise<void> {
  const clock = context.clock ?? SYSTEM_CLOCK;
  using interruption = (context.interruption ?? listenForInterruption)();
  const { signal } = interruption;
  try {
    await waitForConnections(client, leaving, {
      timeoutMs: drainMs,
      now: () => clock.now(),
      sleep: (delayMs) => sleep(delayMs, { clock, signal }),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new LvsctlError("it was called off by a signal", { operation: "wait for connections to end" });
  }
}
