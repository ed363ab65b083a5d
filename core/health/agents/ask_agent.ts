import { type Agent, type AgentAnswer, formatDuration, type ServerId } from "../../model/mod.ts";
import type { AgentResult } from "./state.ts";
import { type Clock, runWithin } from "../../time/mod.ts";
import type { ExchangeOptions, Network } from "../../net/mod.ts";
import type { AgentOutcome } from "./outcome.ts";

/** What {@linkcode askAgent} takes beside target and agent. */
export interface AskOptions {
  /** Calls the question off: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
  /** What Deno's own sockets cannot do: see {@linkcode Network}. */
  readonly network?: Network;
}

/** Asks once, by the code for the kind of agent, which is loaded when it is first needed. */
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

/** An answer in one line, for people. */
function describe({ percent, health, mode, reason }: AgentAnswer, ignored: readonly string[]): string {
  const said = [percent === undefined ? undefined : `${percent}%`, health, mode].filter((word) => word !== undefined);
  const parts = [
    `${said.join(", ")}${reason === undefined ? "" : ` (${reason})`}`,
    ...(ignored.length === 0 ? [] : [`ignored: ${ignored.join(" ")}`]),
  ];
  return parts.join("; ");
}

/**
 * Asks an agent once, within its hard deadline.
 *
 * @returns What it said; whatever it or the network does, including nothing, is a result.
 * @throws {unknown} The reason of `options.signal`, if that is aborted first.
 */
export async function askAgent(target: ServerId, agent: Agent, options: AskOptions = {}): Promise<AgentResult> {
  const { signal, clock, network } = options;
  const { timeoutMs } = agent;
  if (target.port === 0 && agent.type !== "exec") {
    signal?.throwIfAborted();
    return { ok: false, latencyMs: 0, reason: "no port to ask: the agent has to name one", inconclusive: true };
  }
  const { outcome, latencyMs } = await runWithin(
    { timeoutMs, signal, clock },
    (bounds) => ask(target, agent, { ...bounds, timeoutMs, ...(network === undefined ? {} : { network }) }),
  );
  if (outcome.ok === "aborted") {
    signal?.throwIfAborted();
    return { ok: false, latencyMs, reason: `no ${outcome.awaited} within ${formatDuration(timeoutMs)}` };
  }
  if (!outcome.ok) return { ...outcome, latencyMs };
  const { answer, ignored } = outcome;
  return { ok: true, latencyMs, answer, detail: describe(answer, ignored) };
}
