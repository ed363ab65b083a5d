import { type Check, formatDuration, needsServerPort, type ProbeResult, type ServerId } from "../model/mod.ts";
import { type Clock, runWithin } from "../time/mod.ts";
import type { Network, Trace } from "../net/mod.ts";
import { type Probers, runProber } from "./probers.ts";

/** What {@linkcode probe} takes beside target and check. */
export interface ProbeOptions {
  /** Calls the probe off: it then rejects with the signal's reason, for it has found nothing out. */
  readonly signal?: AbortSignal;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
  /**
   * The probers to choose from.
   *
   * @default {PROBERS}
   */
  readonly probers?: Probers;
  /** What Deno's own sockets cannot do: without it there are only checks over plain TCP, and of this machine. */
  readonly network?: Network;
  /** Is told what the probe and the server say to each other, for people who look for a mistake. */
  readonly trace?: Trace;
}

/**
 * Probes a server once, within the hard deadline of the check.
 *
 * @returns What was found; whatever a server or the network does, including nothing, is a result.
 * @throws {unknown} The reason of `options.signal`, if that is aborted first.
 */
export async function probe(target: ServerId, check: Check, options: ProbeOptions = {}): Promise<ProbeResult> {
  const { signal, clock, probers, network, trace } = options;
  const { timeoutMs } = check;
  if (target.port === 0 && needsServerPort(check)) {
    signal?.throwIfAborted();
    return { ok: false, latencyMs: 0, reason: "no port to probe: the check has to name one", inconclusive: true };
  }
  const { outcome, latencyMs } = await runWithin({ timeoutMs, signal, clock }, (bounds) =>
    runProber(
      { target, check },
      {
        ...bounds,
        timeoutMs,
        ...(probers === undefined ? {} : { probers }),
        ...(network === undefined ? {} : { network }),
        ...(trace === undefined ? {} : { trace }),
      },
    ));
  if (outcome.ok !== "aborted") return { ...outcome, latencyMs };
  signal?.throwIfAborted();
  return { ok: false, latencyMs, reason: `no ${outcome.awaited} within ${formatDuration(timeoutMs)}` };
}
