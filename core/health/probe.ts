import { type Check, formatDuration, needsServerPort, type ProbeResult } from "../model/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import type { Network } from "./network.ts";
import type { ProbeTarget } from "./prober.ts";
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
}

/** How much later than asked a timer has to fire to show that this process itself stood still. */
const LATE_MS = 10;
/** What the answer gets after such a standstill: a few turns of the event loop, to be seen if it is there. */
const GRACE_MS = 20;

/**
 * Calls back at the deadline.
 *
 * After a standstill of the process (a stopped virtual machine, a long system call) every deadline is over at once,
 * and the timers run before the answers are looked at, though they came in time. Without a grace all servers at once
 * would fail a probe for what this machine did.
 */
function setDeadline(clock: Clock, options: { readonly timeoutMs: number; readonly expire: () => void }): Disposable {
  const { timeoutMs, expire } = options;
  const end = clock.now() + timeoutMs;
  let timer = clock.setTimer(() => {
    if (clock.now() - end < LATE_MS) expire();
    else timer = clock.setTimer(expire, GRACE_MS);
  }, timeoutMs);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/**
 * Probes a server once, within the hard deadline of the check.
 *
 * @returns What was found; whatever a server or the network does, including nothing, is a result.
 * @throws {unknown} The reason of `options.signal`, if that is aborted first.
 */
export async function probe(target: ProbeTarget, check: Check, options: ProbeOptions = {}): Promise<ProbeResult> {
  const { signal, clock = SYSTEM_CLOCK, probers, network } = options;
  signal?.throwIfAborted();
  if (target.port === 0 && needsServerPort(check)) {
    return { ok: false, latencyMs: 0, reason: "no port to probe: the check has to name one", inconclusive: true };
  }
  const controller = new AbortController();
  const callOff = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", callOff, { once: true });
  const started = clock.now();
  using _deadline = setDeadline(clock, { timeoutMs: check.timeoutMs, expire: () => controller.abort() });
  try {
    const outcome = await runProber(
      { target, check },
      {
        signal: controller.signal,
        timeoutMs: check.timeoutMs,
        clock,
        ...(probers === undefined ? {} : { probers }),
        ...(network === undefined ? {} : { network }),
      },
    );
    // Microseconds are as much as a clock of the event loop can tell.
    const latencyMs = Math.round((clock.now() - started) * 1000) / 1000;
    if (outcome.ok === "aborted") {
      signal?.throwIfAborted();
      return { ok: false, latencyMs, reason: `no ${outcome.awaited} within ${formatDuration(check.timeoutMs)}` };
    }
    return { ...outcome, latencyMs };
  } finally {
    signal?.removeEventListener("abort", callOff);
  }
}
