import type { Agent, ExecAgent, ServerId } from "../../model/mod.ts";
import { describeEnd } from "../../process/mod.ts";
import { runFor } from "../probers/server_command.ts";
import { judgeAgentText } from "./tcp.ts";
import type { ExchangeOptions } from "../../net/mod.ts";
import type { AgentOutcome } from "./outcome.ts";

/** Runs a command that prints an agent's answer. */
export async function askExecAgent(
  target: ServerId,
  agent: Agent & ExecAgent,
  options: ExchangeOptions,
): Promise<AgentOutcome> {
  const end = await runFor(target, agent, options);
  if (end.kind === "not started") return { ok: false, reason: end.reason, inconclusive: true };
  if (options.signal.aborted) return { ok: "aborted", awaited: "end of the command" };
  return end.status.success ? judgeAgentText(end.stdout) : { ok: false, reason: describeEnd(end) };
}
