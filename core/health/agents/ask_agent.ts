import { type Agent, type AgentAnswer, defined, formatDuration, oneLine, type ServerId } from "../../model/mod.ts";
import type { AgentResult } from "./state.ts";
import { type Clock, elapsedMs, runWithin, SYSTEM_CLOCK } from "../../time/mod.ts";
import type { ExchangeOptions, Network } from "../../net/mod.ts";
import type { AgentOutcome } from "./outcome.ts";

/** Options of {@linkcode askAgent}. */
export interface AskOptions {
  /** Cancels the query: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
  /** The system's sockets and TLS: see {@linkcode Network}. */
  readonly network?: Network | undefined;
}

/** Asks once; the module for the type of agent is loaded when it is first needed. */
async function ask(target: ServerId, agent: Agent, options: ExchangeOptions): Promise<AgentOutcome> {
  switch (agent.type) {
    case "tcp":
      return (await import("./tcp.ts")).askTcpAgent(target, agent, options);
    case "http":
    case "https":
      return (await import("./http.ts")).askHttpAgent(target, agent, options);
    case "exec":
      return (await import("./exec.ts")).askExecAgent(target, agent, options);
  }
}

/** An answer on one line: `75%, ready (reason); ignored: maxconn:30`. */
function formatAnswer({ percent, health, mode, reason }: AgentAnswer, ignored: readonly string[]): string {
  const share = percent === undefined ? undefined : `${percent}%`;
  const words = [share, health, mode].filter((word) => word !== undefined);
  const parts = [
    `${words.join(", ")}${reason === undefined ? "" : ` (${reason})`}`,
    ...(ignored.length === 0 ? [] : [`ignored: ${ignored.join(" ")}`]),
  ];
  return parts.join("; ");
}

/**
 * Asks an agent once, within its deadline.
 *
 * @returns The result; a failure of the agent or the network is a result too.
 * @throws {unknown} The reason of `options.signal`, if that is aborted first.
 */
export async function askAgent(target: ServerId, agent: Agent, options: AskOptions = {}): Promise<AgentResult> {
  const { signal, clock = SYSTEM_CLOCK, network } = options;
  const { timeoutMs } = agent;
  signal?.throwIfAborted();
  if (target.port === 0 && agent.type !== "exec") {
    return { ok: false, latencyMs: 0, reason: "the server has no port; set one in the agent", inconclusive: true };
  }
  const started = clock.now();
  const outcome = await runWithin(
    { timeoutMs, signal, clock },
    (deadline) => ask(target, agent, { signal: deadline, timeoutMs, clock, network }),
  );
  const latencyMs = elapsedMs(clock, started);
  if (outcome.ok === "aborted") {
    signal?.throwIfAborted();
    return { ok: false, latencyMs, reason: `no ${outcome.awaited} within ${formatDuration(timeoutMs)}` };
  }
  if (!outcome.ok) {
    const { reason, inconclusive } = outcome;
    return defined({ ok: false as const, reason: oneLine(reason), latencyMs, inconclusive });
  }
  const { ignored } = outcome;
  const { reason, ...words } = outcome.answer;
  const answer = reason === undefined ? words : { ...words, reason: oneLine(reason) };
  return { ok: true, latencyMs, answer, detail: oneLine(formatAnswer(answer, ignored)) };
}
