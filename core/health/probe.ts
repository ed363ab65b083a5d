import { type Check, formatDuration, needsServerPort, oneLine, type ProbeResult, type ServerId } from "../model/mod.ts";
import { type Clock, elapsedMs, runWithin, SYSTEM_CLOCK } from "../time/mod.ts";
import type { Network, Outcome, Trace } from "../net/mod.ts";
import { type Probers, runProber } from "./probers.ts";

/** Options of {@linkcode probe}. */
export interface ProbeOptions {
  /** Cancels the probe: it then rejects with the signal's reason, because it has no result. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
  /**
   * Probers that replace the usual ones, by type of check.
   */
  readonly probers?: Probers | undefined;
  /** The system's sockets and TLS; without it, only checks over plain TCP and of this machine are possible. */
  readonly network?: Network | undefined;
  /** Receives everything that the probe and the server send, for troubleshooting. */
  readonly trace?: Trace | undefined;
}

/**
 * Probes a server once, within the deadline of the check.
 *
 * @returns The result; a failure of the server or the network is a result too.
 * @throws {unknown} The reason of `options.signal`, if that is aborted first.
 */
export async function probe(target: ServerId, check: Check, options: ProbeOptions = {}): Promise<ProbeResult> {
  const { signal, clock = SYSTEM_CLOCK, probers, network, trace } = options;
  const { timeoutMs } = check;
  signal?.throwIfAborted();
  if (target.port === 0 && needsServerPort(check)) {
    return { ok: false, latencyMs: 0, reason: "the server has no port; set one in the check", inconclusive: true };
  }
  const started = clock.now();
  const outcome = await runWithin(
    { timeoutMs, signal, clock },
    (deadline) => runProber({ target, check }, { signal: deadline, timeoutMs, clock, network, trace, probers }),
  );
  const latencyMs = elapsedMs(clock, started);
  if (outcome.ok !== "aborted") return { ...inOneLine(outcome), latencyMs };
  signal?.throwIfAborted();
  const reason = `no ${outcome.awaited} within ${formatDuration(timeoutMs)}`;
  return { ok: false, latencyMs, reason, failure: "timeout" };
}

/** The outcome with its texts as one line each: they may quote the server. */
function inOneLine(outcome: Exclude<Outcome, { readonly ok: "aborted" }>): typeof outcome {
  if (!outcome.ok) return { ...outcome, reason: oneLine(outcome.reason) };
  const { detail, warning } = outcome;
  return { ...outcome, detail: oneLine(detail), ...(warning === undefined ? {} : { warning: oneLine(warning) }) };
}
